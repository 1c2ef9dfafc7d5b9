/**
 * The port to files: as much of a file system as the operations of `base` need, so that they can run on one that fails.
 *
 * Methods throw errors of the system as they come, with a `code`; whoever calls them turns them into refusals.
 */

/** What an open handle says of the file behind it, whatever the path leads to by now. */
export interface FileFacts {
  /** False for directories, FIFOs, sockets and devices. */
  readonly regular: boolean;
  /** The nine permission bits; null where the system has none. */
  readonly permissions: number | null;
}

/** A file that is open for reading. */
export interface ReadHandle {
  facts(): FileFacts;
  /** The next bytes, as many as there are up to `most`: fewer only at the end. */
  read(most: number): Uint8Array;
  /** Never throws. */
  close(): void;
}

/** A file system. */
export interface Files {
  /** Follows symbolic links and never waits, not even for the writer of a FIFO. */
  openToRead(path: string): ReadHandle;
}
