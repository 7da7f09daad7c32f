import { sql, type SelectQueryBuilder } from 'kysely';
import type { Page, PageRequest } from '../base/page.ts';
import type { Schema } from './schema.ts';

/**
 * One page of `query` in the order of `seq`. Records inserted or removed meanwhile shift nothing: pages are
 * cut at a record, not at a count.
 */
export async function paged<TB extends keyof Schema, T extends { readonly seq: number }>(
  query: SelectQueryBuilder<Schema, TB, T>,
  request: PageRequest,
  order: 'newest-first' | 'oldest-first',
): Promise<Page<T>> {
  const { cursor, pageSize } = request;
  const backwards = cursor?.direction === 'before';
  const ascending = (order === 'oldest-first') !== backwards;
  const seq = sql<number>`${sql.ref('seq')}`;

  let cut = query.orderBy(seq, ascending ? 'asc' : 'desc').limit(pageSize + 1);
  if (cursor !== undefined) cut = cut.where(seq, ascending ? '>' : '<', cursor.seq);
  const rows = await cut.execute();

  const more = rows.length > pageSize;
  if (more) rows.pop();
  if (backwards) rows.reverse();
  const first = rows[0];
  const last = rows.at(-1);
  const hasNext = backwards ? rows.length > 0 : more;
  const hasPrevious = backwards ? more : cursor !== undefined;
  return {
    items: rows,
    next: hasNext && last !== undefined ? { direction: 'after', seq: last.seq } : undefined,
    previous:
      hasPrevious && first !== undefined ? { direction: 'before', seq: first.seq } : undefined,
  };
}
