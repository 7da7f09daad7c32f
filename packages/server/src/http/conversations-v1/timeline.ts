import { refusal } from '../../base/app-error.ts';
import {
  listTimeline,
  positionOf,
  type TimelineItem,
  type TimelinePosition,
} from '../../store/timeline.ts';
import { oneOf } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import type { Json } from '../render.ts';
import { isoDateMs } from '../../base/http-date.ts';
import { renderMessage } from './messages.ts';
import { conversationOf, scoped, type ScopedRequest } from './scope.ts';

const PAGE_MAX = 100;
const parameters = form({ Order: oneOf(['asc', 'desc']) });

/** Everything that happened in a conversation, messages and calls and the rest, as one list. */
export function timelineRoutes(routes: Routes): void {
  const { db } = routes.context;
  operation(routes, {
    method: 'GET',
    path: scoped('/Conversations/:ConversationSid/Timeline'),
    parameters,
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      const order = request.values.Order ?? 'asc';
      const { pageSize, page } = request.pageWithoutCursor(PAGE_MAX);
      const from = request.pageToken === undefined ? undefined : parsePosition(request.pageToken);
      const items = await listTimeline(db, conversation.sid, order, from, pageSize + 1);
      const shown = items.slice(0, pageSize);
      const last = shown.at(-1);
      const url = (number: number, token: string | undefined): string => {
        const query = new URLSearchParams(request.filters);
        query.set('PageSize', String(pageSize));
        query.set('Page', String(number));
        if (token !== undefined) query.set('PageToken', token);
        return `${request.base}${request.sentPath}?${query.toString()}`;
      };
      return {
        timeline: shown.map((item) => renderItem(item, request)),
        meta: {
          page,
          page_size: pageSize,
          first_page_url: url(0, undefined),
          previous_page_url: null,
          url: url(page, request.pageToken),
          next_page_url:
            items.length > pageSize && last !== undefined
              ? url(page + 1, formatPosition(positionOf(last)))
              : null,
          key: 'timeline',
        },
      };
    },
  });
}

function formatPosition({ date, source, seq }: TimelinePosition): string {
  return `PT${source === 'entry' ? 'E' : 'M'}${date.toString(36)}-${seq.toString(36)}`;
}

function parsePosition(token: string): TimelinePosition {
  const match = /^PT([EM])([0-9a-z]{1,11})-([0-9a-z]{1,11})$/.exec(token);
  if (match === null) throw refusal('invalidPageToken', { given: token });
  return {
    source: match[1] === 'E' ? 'entry' : 'message',
    date: Number.parseInt(match[2] ?? '', 36),
    seq: Number.parseInt(match[3] ?? '', 36),
  };
}

function renderItem(item: TimelineItem, request: ScopedRequest): Json {
  if (item.source === 'message') {
    const { message } = item;
    return {
      account_sid: message.accountSid,
      conversation_sid: message.conversationSid,
      kind: 'message',
      event: 'added',
      resource_sid: message.sid,
      date_created: isoDateMs(message.dateCreated),
      data: renderMessage(message, request),
    };
  }
  const { entry } = item;
  return {
    account_sid: entry.accountSid,
    conversation_sid: entry.conversationSid,
    kind: entry.kind,
    event: entry.event,
    resource_sid: entry.resourceSid,
    date_created: isoDateMs(entry.dateCreated),
    data: JSON.parse(entry.data) as unknown,
  };
}
