// Package s3 is the local cloud's S3: versioned objects by bucket and key, in a directory or in memory.
package s3
