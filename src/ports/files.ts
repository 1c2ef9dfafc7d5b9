/**
 * The port to files: as much of a file system as the operations of `base` need, so that they can run on one that fails,
 * and on one that loses what was not synced.
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

/** A file that was just made. */
export interface WriteHandle {
  /** All of the bytes. */
  write(bytes: Uint8Array): void;
  /** Returns when what was written is durable; the name of the file is not, until its directory is synced. */
  sync(): void;
  close(): void;
}

/** A file system. */
export interface Files {
  /** Follows symbolic links and never waits, not even for the writer of a FIFO. */
  openToRead(path: string): ReadHandle;
  /** Makes a file that is not there yet, not even as a link; `permissions` are what the process's mask leaves of them. */
  create(path: string, permissions: number): WriteHandle;
  /** Puts a file in the place of another, or of nothing. A link at the target is replaced and not followed. */
  rename(from: string, to: string): void;
  /** Removes a file, a link or an empty directory. */
  remove(path: string): void;
  /** A directory and those above it, where they are missing; the names of those that it made are durable when it returns. */
  makeDirectory(path: string): void;
  /** The names in a directory, in no order. */
  list(path: string): readonly string[];
  /** An open directory, to be synced: afterwards its names are durable. Opening it and syncing it fail in different ways. */
  openDirectory(path: string): { sync(): void; close(): void };
}
