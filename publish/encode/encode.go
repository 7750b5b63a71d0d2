// Package encode writes events in the formats that subscribers of other programs
// already read: pure functions from an event to names and bytes, one file a
// protocol, held to recordings in testdata. It sends nothing.
package encode
