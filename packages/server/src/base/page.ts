/** Which part of a list is wanted. */
export interface PageRequest {
  readonly pageSize: number;
  /** Counts up for the client's eyes only; the cursor decides. */
  readonly page: number;
  /** Absent: the first page. */
  readonly cursor: PageCursor | undefined;
}

/** A place between two records; it stays where it is when others are inserted or removed. */
export interface PageCursor {
  readonly direction: 'after' | 'before';
  readonly seq: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: PageCursor | undefined;
  readonly previous: PageCursor | undefined;
}

/** The opaque text of a cursor, shaped like Twilio's own (`PA…`). */
export function formatPageToken(cursor: PageCursor): string {
  return `PA${cursor.direction === 'after' ? 'N' : 'P'}${cursor.seq.toString(36)}`;
}

/** The cursor of a token, or undefined when the token is none of ours. */
export function parsePageToken(token: string): PageCursor | undefined {
  const match = /^PA([NP])([0-9a-z]{1,11})$/.exec(token);
  if (match === null) return undefined;
  const seq = Number.parseInt(match[2] ?? '', 36);
  if (!Number.isSafeInteger(seq)) return undefined;
  return { direction: match[1] === 'N' ? 'after' : 'before', seq };
}
