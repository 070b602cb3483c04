// Package page writes a report of simulations as one HTML page that needs nothing else: no
// network, no other file. Its charts are drawn by Apache ECharts, which is in the page, on white or dark ground.
//
// Folder echarts has that library as its makers publish it (package echarts of the npm registry,
// version 6.1.0, dist/echarts.common.min.js), with its licence.
package page
