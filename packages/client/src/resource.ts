import { inspect } from 'node:util';
import type { InspectOptions } from 'node:util';
import { isValidPathParam } from 'twilio/lib/base/utility.js';
import passThrough from '../preload/pass-through.cjs';
import type twilioParts from '../twilio-parts.cjs';

/** The last argument of every operation, in twilio's style; promises work without it. */
export type Callback<T> = (error: Error | null, item?: T) => unknown;

/** The version of an API that its resources send requests by. */
export type Version = twilioParts.V1;

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** @throws {Error} as twilio does, if the value cannot be a part of a path */
export function pathPart(name: string, value: string): string {
  if (!isValidPathParam(value)) throw new Error(`Parameter '${name}' is not valid.`);
  return value;
}

/** Where a resource is: in a Conversation, which may be in a service. */
export interface Place {
  readonly chatServiceSid?: string;
  readonly conversationSid?: string;
}

/** The path of a Conversation, of a service, or of the account's default one. @throws {Error} as pathPart */
export function placePath({ chatServiceSid, conversationSid }: Place): string {
  const service =
    chatServiceSid === undefined ? '' : `/Services/${pathPart('chatServiceSid', chatServiceSid)}`;
  return conversationSid === undefined
    ? service
    : `${service}/Conversations/${pathPart('conversationSid', conversationSid)}`;
}

/** One operation: its request, the instance made of the answer, and the caller's call-back. */
export interface Operation<P, T> {
  readonly uri: string;
  readonly params?: object | undefined;
  readonly callback?: Callback<T> | undefined;
  readonly make: (payload: P) => T;
}

function settle<T>(version: Version, promise: Promise<T>, callback?: Callback<T>): Promise<T> {
  return version.setPromiseCallback(promise, callback);
}

/** What creates and updates of Conversations take besides their parameters. */
export interface WebhookOption {
  /** Whether webhooks fire for this request; the server's default is that they do not. */
  xTwilioWebhookEnabled?: 'true' | 'false';
}

/** Sends a form; `how` says which answers count as success. */
export function send<P, T>(
  version: Version,
  how: 'create' | 'update',
  { uri, params, callback, make }: Operation<P, T>,
): Promise<T> {
  // As twilio's own resources have it: an option that goes out as a header.
  const { xTwilioWebhookEnabled, ...form } = { ...params } as WebhookOption;
  const sent: Promise<P> = version[how]({
    uri,
    method: 'post',
    data: passThrough.toWire(form),
    headers: {
      'Content-Type': FORM,
      Accept: JSON_TYPE,
      ...(xTwilioWebhookEnabled === undefined
        ? {}
        : { 'X-Twilio-Webhook-Enabled': xTwilioWebhookEnabled }),
    },
  });
  return settle(version, sent.then(make), callback);
}

export function fetchOne<P, T>(
  version: Version,
  { uri, callback, make }: Operation<P, T>,
): Promise<T> {
  const sent: Promise<P> = version.fetch({ uri, method: 'get', headers: { Accept: JSON_TYPE } });
  return settle(version, sent.then(make), callback);
}

export function remove(
  version: Version,
  uri: string,
  callback?: Callback<boolean>,
): Promise<boolean> {
  return settle(version, version.remove({ uri, method: 'delete' }), callback);
}

/** What `page` takes besides filters. */
interface PageOptions {
  /** How many resources in each page. Default: the server's, 50. */
  pageSize?: number;
  pageNumber?: number;
  pageToken?: string;
}

/** What `list` takes besides filters. */
interface ListOptions {
  pageSize?: number;
  /** How many resources at most. Default: all. */
  limit?: number;
}

/** What `each` takes besides filters. */
interface EachOptions<T> extends ListOptions {
  callback?: (item: T, done: (error?: Error) => void) => void;
  done?: (error?: Error) => void;
}

/** The part of twilio's list objects that reads: filters F, instances T, pages of them G. */
export interface Readable<F, T, G> {
  /** Calls back for each resource, page by page. */
  each(callback: (item: T, done: (error?: Error) => void) => void): Promise<void>;
  each(params: F & EachOptions<T>, callback?: (item: T, done: () => void) => void): Promise<void>;
  /** All resources, or as many as `limit` says. */
  list(callback?: Callback<T[]>): Promise<T[]>;
  list(params: F & ListOptions, callback?: Callback<T[]>): Promise<T[]>;
  /** One page. */
  page(callback?: Callback<G>): Promise<G>;
  page(params: F & PageOptions, callback?: Callback<G>): Promise<G>;
  /** The page that a URL of another page names. */
  getPage(targetUrl: string, callback?: Callback<G>): Promise<G>;
  toJSON(): object;
}

/** Gives an object the methods of `Readable`. */
export function addReading<F, T, G, L extends object>(
  target: L,
  version: Version,
  {
    uri,
    solution,
    make,
  }: { uri: string; solution: object; make: (answer: twilioParts.PageAnswer) => G },
): L & Readable<F, T, G> {
  const page = (params?: (F & PageOptions) | Callback<G>, callback?: Callback<G>): Promise<G> => {
    if (typeof params === 'function') return page(undefined, params);
    const { pageSize, pageNumber, pageToken, ...filters }: PageOptions = params ?? {};
    const query = { ...passThrough.toWire(filters), PageSize: pageSize, Page: pageNumber };
    const sent: Promise<twilioParts.PageAnswer> = version.page({
      uri,
      method: 'get',
      params: { ...query, PageToken: pageToken },
      headers: { Accept: JSON_TYPE },
    });
    return settle(version, sent.then(make), callback);
  };
  const getPage = (targetUrl: string, callback?: Callback<G>): Promise<G> => {
    const sent: Promise<twilioParts.PageAnswer> = version.domain.twilio.request({
      method: 'get',
      uri: targetUrl,
    });
    return settle(version, sent.then(make), callback);
  };
  return Object.assign(target, {
    // Twilio's own `each` and `list` read `_version` and call `page`.
    _version: version,
    each(this: object, ...args: unknown[]): Promise<void> {
      return version.each.apply(this, args as Parameters<Version['each']>);
    },
    list(this: object, ...args: unknown[]): Promise<T[]> {
      return version.list.apply(this, args as Parameters<Version['list']>);
    },
    page,
    getPage,
    toJSON: () => solution,
    [inspect.custom]: (_depth: unknown, options: InspectOptions) => inspect(solution, options),
  });
}
