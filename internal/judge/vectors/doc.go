// Package vectors recomputes reference vectors of the judge's arithmetic: a
// document of inputs goes in, and the same document comes out with what the
// judge makes of each. It is how somebody else's implementation, or an unseen
// example, is held against ours.
//
// # The document
//
// A JSON object with the key vectors, a list. Other keys are kept as they are, but for two
// that change what holds where a vector says nothing: defaults has parameters,
// engine_defaults rules. A vector has a kind, and an input:
//
//   - evidence: one metric. Input: a list of {nc, xc, ns, xs}, requests and bad requests of
//     the canary (c) and stable (s) in each minute, fractions allowed. Keys: params_changed,
//     margins (default: the one margin a1). Expect: for each minute logE, the logarithm of
//     the evidence against the canary, and logP, that of the promotion evidence at each
//     margin. Where the key first_rollback_minute_single_metric stands, it becomes the
//     first minute, from 1, whose logE reaches ln(1/alpha), or null.
//   - release: a whole release. Input: a list of {nc, ns, xc, xs, yc, ys, zc, zs}, with x, y
//     and z the first, second and third metric. Keys: params_changed, engine_changed, ladder
//     (the canary's shares), stage_margins (default: those of [ladder.Margins]), D (the
//     metrics' delay in minutes, default 1). Expect: for each minute until the release ends
//     the decision, logE_total, logP_stage_min (null while settling, which is called bake
//     here) and weight_next.
//   - dispersion: the burst factor. Input: stable's bad counts. Expect: a number.
//
// Parameters are rho, a, R, w, s0, eta, phi, rho1, a1, nu, alpha, beta, rb and kappa; package
// evidence has their formulas. Rules are metric_weights, stage_max, hold, hold_max, strong,
// n_min, bake_minutes, and history, a list of [bad, requests] before the release for each metric.
package vectors
