import { isSid, type Sid } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import type { Conversation } from '../../model/conversation.ts';
import {
  findConversation,
  findConversationByUniqueName,
  findConversationPlace,
  type ConversationPlace,
} from '../../store/conversations.ts';
import type { Db } from '../../store/open-store.ts';
import { findService } from '../../store/services.ts';
import type { Caller } from '../auth.ts';
import { explainWhy, pathNotFound } from '../path-not-found.ts';

/** What finding the service and conversation of a path needs of the request. */
export interface ScopedRequest {
  readonly caller: Caller;
  readonly path: Readonly<Record<string, string>>;
  readonly sentPath: string;
  readonly base: string;
  /** Hears what a name in the path stands for. */
  named?(name: string, sid: string): void;
}

/** A path of the account's default service and its twin under `/Services/{IS}`. */
export function scoped(path: string): string[] {
  return [`/v1${path}`, `/v1/Services/:ChatServiceSid${path}`];
}

/** What URLs of resources in the request's service begin with; the family the request used is kept. */
export function scopeUrl({ base, path }: ScopedRequest): string {
  const service = path['ChatServiceSid'];
  return service === undefined ? `${base}/v1` : `${base}/v1/Services/${service}`;
}

/** The service the path names, or the account's default. @throws RequestError serviceNotFound */
export async function serviceOf(db: Db, request: ScopedRequest): Promise<Sid<'IS'>> {
  const given = request.path['ChatServiceSid'];
  const { account } = request.caller;
  if (given === undefined || given === account.defaultServiceSid) return account.defaultServiceSid;
  const service = isSid(given, 'IS') ? await findService(db, account.sid, given) : undefined;
  if (service === undefined) {
    throw refusal('serviceNotFound', { given, explanation: explainWhy(given, 'IS') });
  }
  return service.sid;
}

/**
 * The conversation `key` names, by SID or unique name. A SID finds its conversation in any service of the
 * account when the path names none.
 *
 * @throws RequestError sidNotFound, saying what the key is instead.
 */
export async function conversationOf(
  db: Db,
  request: ScopedRequest,
  key: string,
): Promise<ConversationPlace> {
  return findOf(db, request, key, findConversationPlace);
}

/** As `conversationOf`, with everything there is to know of it. */
export async function wholeConversationOf(
  db: Db,
  request: ScopedRequest,
  key: string,
): Promise<Conversation> {
  return findOf(db, request, key, findConversation);
}

async function findOf<T extends ConversationPlace>(
  db: Db,
  request: ScopedRequest,
  key: string,
  find: (db: Db, sid: string) => Promise<T | undefined>,
): Promise<T> {
  const service = await serviceOf(db, request);
  const sid = isSid(key, 'CH') ? key : (await findConversationByUniqueName(db, service, key))?.sid;
  const conversation = sid === undefined ? undefined : await find(db, sid);
  const ours =
    conversation?.accountSid === request.caller.account.sid &&
    (request.path['ChatServiceSid'] === undefined || conversation.chatServiceSid === service);
  if (conversation !== undefined && ours) {
    if (key !== sid) request.named?.(key, conversation.sid);
    return conversation;
  }
  throw pathNotFound(request, key, 'CH');
}
