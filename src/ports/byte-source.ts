/** The port through which a stream is read: up to so many bytes at a time, in chunks of the source's own choosing. */

/** A stream of bytes. `read` gives one to `max` bytes, and none at its end; it throws when the source fails. */
export interface ByteSource {
  read(max: number): Uint8Array;
}
