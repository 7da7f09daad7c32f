import { formatPageToken, type Page, type PageCursor, type PageRequest } from '../base/page.ts';

export { isoDate, rfc2822Date } from '../base/http-date.ts';

/** JSON as it goes out. */
export type Json = Readonly<Record<string, unknown>>;

interface PageUrls {
  readonly first: string;
  readonly current: string;
  readonly next: string | null;
  readonly previous: string | null;
}

/** URLs of a page and its neighbours: the filters first, then PageSize, Page and PageToken. */
function pageUrls(
  path: string,
  filters: URLSearchParams,
  request: PageRequest,
  page: Page<unknown>,
): PageUrls {
  const at = (number: number, cursor: PageCursor | undefined): string => {
    const query = new URLSearchParams(filters);
    query.set('PageSize', String(request.pageSize));
    query.set('Page', String(number));
    if (cursor !== undefined) query.set('PageToken', formatPageToken(cursor));
    return `${path}?${query.toString()}`;
  };
  return {
    first: at(0, undefined),
    current: at(request.page, request.cursor),
    next: page.next === undefined ? null : at(request.page + 1, page.next),
    previous: page.previous === undefined ? null : at(Math.max(0, request.page - 1), page.previous),
  };
}

/** A list of the product APIs. Twilio: usage/twilios-response#response-formats-list-paging-information */
export function productPage(
  key: string,
  items: readonly Json[],
  where: { readonly base: string; readonly sentPath: string; readonly filters: URLSearchParams },
  request: PageRequest,
  page: Page<unknown>,
): Json {
  const urls = pageUrls(where.base + where.sentPath, where.filters, request, page);
  return {
    [key]: items,
    meta: {
      page: request.page,
      page_size: request.pageSize,
      first_page_url: urls.first,
      previous_page_url: urls.previous,
      url: urls.current,
      next_page_url: urls.next,
      key,
    },
  };
}

/** A list of the 2010 API. Twilio: usage/twilios-response */
export function page2010(
  key: string,
  items: readonly Json[],
  where: { readonly sentPath: string; readonly filters: URLSearchParams },
  request: PageRequest,
  page: Page<unknown>,
): Json {
  const urls = pageUrls(where.sentPath, where.filters, request, page);
  const start = request.page * request.pageSize;
  return {
    [key]: items,
    first_page_uri: urls.first,
    next_page_uri: urls.next,
    previous_page_uri: urls.previous,
    uri: urls.current,
    page: request.page,
    page_size: request.pageSize,
    start: items.length === 0 ? 0 : start,
    end: items.length === 0 ? 0 : start + items.length - 1,
  };
}
