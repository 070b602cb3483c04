// Package s3 is the local cloud's S3: versioned objects by bucket and key, in
// a directory or in memory.
//
// A bucket is there from its first object on, and every bucket keeps all
// versions. Contents are kept once however often they are put, and a crash
// leaves an object as it was or as it should be, never in between. Objects
// cannot be deleted or listed, and are read whole.
package s3
