import { isSid, type Sid } from '@tutti/ids';
import { openConversation } from '../../actions/open-conversation.ts';
import { removeConversation } from '../../actions/remove-conversation.ts';
import { changeConversation, type ConversationChange } from '../../actions/update-conversation.ts';
import { refusal } from '../../base/app-error.ts';
import { parseIsoDuration } from '../../model/iso-duration.ts';
import { CONVERSATION_NAME_MAX, type Conversation } from '../../model/conversation.ts';
import { findMessagingServiceOwner } from '../../store/accounts.ts';
import { listConversations } from '../../store/conversations.ts';
import type { Db } from '../../store/open-store.ts';
import { date, json, oneOf, text } from '../fields.ts';
import { form, type Field } from '../form.ts';
import { given, nullable, orNull } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { sidRefusal } from '../../model/sid-parameter.ts';
import { wholeConversationOf, scoped, scopeUrl, serviceOf, type ScopedRequest } from './scope.ts';

/** Twilio: conversations/api/conversation-resource */
const ATTRIBUTES_MAX_BYTES = 16 * 1024;
const PAGE_MAX = 100;
const MINUTE_SEC = 60;

const uniqueName: Field<string> = {
  read: (values, name) => {
    const given = text(CONVERSATION_NAME_MAX, 'uniqueNameTooLong').read(values, name);
    if (/^CH[0-9a-f]{32}$/i.test(given)) throw refusal('uniqueNameLikeSid', { given });
    return given;
  },
};

const state: Field<Conversation['state']> = {
  read: (values, name) => {
    if (values.at(-1) === '') throw refusal('stateEmpty', {});
    return oneOf(['active', 'inactive', 'closed'], (given) =>
      refusal('invalidState', { given }),
    ).read(values, name);
  },
};

/** An ISO 8601 duration of at least `minSec`; `PT0S` or empty text switches the timer off. */
function timer(
  invalid: 'invalidInactiveTimer' | 'invalidClosedTimer',
  tooShort: 'inactiveTimerTooShort' | 'closedTimerTooShort',
  minSec: number,
): Field<string> {
  return {
    read: (values) => {
      const given = values.at(-1) ?? '';
      if (given === '') return '';
      const seconds = parseIsoDuration(given);
      if (seconds === undefined) throw refusal(invalid, { given });
      if (seconds === 0) return '';
      if (seconds < minSec) throw refusal(tooShort, { given });
      return given;
    },
  };
}

const messagingServiceSid: Field<Conversation['messagingServiceSid']> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    if (isSid(given, 'MG')) return given;
    const { message } = sidRefusal(given, name, ['MG']);
    throw refusal('invalidMessagingServiceSid', { given, explanation: message });
  },
};

/** Kept as given, for there are no messaging services to look it up among; only another account's is refused. */
async function ownMessagingService(
  db: Db,
  { caller }: ScopedRequest,
  sid: Sid<'MG'> | undefined,
): Promise<Sid<'MG'> | undefined> {
  const owner = sid && (await findMessagingServiceOwner(db, sid));
  if (sid === undefined || owner === undefined || owner === caller.account.sid) return sid;
  const explanation = 'It is well formed, but it is not of this account.';
  throw refusal('invalidMessagingServiceSid', { given: sid, explanation });
}

const fields = {
  FriendlyName: text(CONVERSATION_NAME_MAX),
  UniqueName: uniqueName,
  Attributes: json(ATTRIBUTES_MAX_BYTES),
  MessagingServiceSid: messagingServiceSid,
  State: state,
  'Timers.Inactive': timer('invalidInactiveTimer', 'inactiveTimerTooShort', MINUTE_SEC),
  'Timers.Closed': timer('invalidClosedTimer', 'closedTimerTooShort', 10 * MINUTE_SEC),
  'Bindings.Email.Address': text(CONVERSATION_NAME_MAX),
  'Bindings.Email.Name': text(CONVERSATION_NAME_MAX),
  DateCreated: date(),
  DateUpdated: date(),
};
const parameters = form(fields);
const list = form({ State: state, StartDate: date(), EndDate: date() });

export function conversationRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = scoped('/Conversations');
  const item = scoped('/Conversations/:Sid');

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      if (values.State === 'closed') throw refusal('initialStateClosed', {});
      const timerInactive = orNull(values['Timers.Inactive']);
      const timerClosed = orNull(values['Timers.Closed']);
      if (values.State === undefined && (timerInactive !== null || timerClosed !== null)) {
        throw refusal('timerWithoutState', {});
      }
      const conversation = await openConversation(
        context,
        {
          account: request.caller.account,
          chatServiceSid: await serviceOf(db, request),
          messagingServiceSid: await ownMessagingService(db, request, values.MessagingServiceSid),
          friendlyName: orNull(values.FriendlyName),
          uniqueName: orNull(values.UniqueName),
          attributes: values.Attributes ?? '{}',
          state: values.State ?? 'active',
          timerInactive,
          timerClosed,
          emailAddress: orNull(values['Bindings.Email.Address']),
          emailName: orNull(values['Bindings.Email.Name']),
          dateCreated: values.DateCreated,
          dateUpdated: values.DateUpdated,
        },
        request.origin,
      );
      return renderConversation(conversation, request);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: list,
    handle: async (request) => {
      const { State, StartDate, EndDate } = request.values;
      if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate) {
        throw refusal('invalidDateRange', { start: isoDate(StartDate), end: isoDate(EndDate) });
      }
      const wanted = request.page(PAGE_MAX);
      const page = await listConversations(
        db,
        await serviceOf(db, request),
        { state: State, startDate: StartDate, endDate: EndDate },
        wanted,
      );
      const items = page.items.map((conversation) => renderConversation(conversation, request));
      return productPage('conversations', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) =>
      renderConversation(
        await wholeConversationOf(db, request, request.path['Sid'] ?? ''),
        request,
      ),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters,
    handle: async (request) => {
      const { values } = request;
      const conversation = await wholeConversationOf(db, request, request.path['Sid'] ?? '');
      if (request.isEmpty) throw refusal('emptyUpdate', { known: parameters.names.join(', ') });
      const change: ConversationChange = given({
        attributes: values.Attributes,
        messagingServiceSid: await ownMessagingService(db, request, values.MessagingServiceSid),
        state: values.State,
        dateCreated: values.DateCreated,
        dateUpdated: values.DateUpdated,
        friendlyName: nullable(values.FriendlyName),
        uniqueName: nullable(values.UniqueName),
        timerInactive: nullable(values['Timers.Inactive']),
        timerClosed: nullable(values['Timers.Closed']),
        emailAddress: nullable(values['Bindings.Email.Address']),
        emailName: nullable(values['Bindings.Email.Name']),
      });
      const changed = await changeConversation(
        context,
        { accountSid: conversation.accountSid, conversationSid: conversation.sid },
        change,
        request.origin,
      );
      return renderConversation(changed, request);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const { accountSid, sid } = await wholeConversationOf(db, request, request.path['Sid'] ?? '');
      await removeConversation(context, { accountSid, conversationSid: sid }, request.origin);
    },
  });
}

function renderConversation(conversation: Omit<Conversation, 'seq'>, request: ScopedRequest): Json {
  const url = `${scopeUrl(request)}/Conversations/${conversation.sid}`;
  const { dateInactive, dateClosed, emailAddress, emailName } = conversation;
  return {
    sid: conversation.sid,
    account_sid: conversation.accountSid,
    chat_service_sid: conversation.chatServiceSid,
    messaging_service_sid: conversation.messagingServiceSid,
    friendly_name: conversation.friendlyName,
    unique_name: conversation.uniqueName,
    attributes: conversation.attributes,
    state: conversation.state,
    timers: {
      ...(dateInactive === null ? {} : { date_inactive: isoDate(dateInactive) }),
      ...(dateClosed === null ? {} : { date_closed: isoDate(dateClosed) }),
    },
    bindings:
      emailAddress === null && emailName === null
        ? {}
        : {
            email: given({
              projected_address: emailAddress ?? undefined,
              name: emailName ?? undefined,
            }),
          },
    date_created: isoDate(conversation.dateCreated),
    date_updated: isoDate(conversation.dateUpdated),
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
      conductors: `${url}/Conductors`,
      timeline: `${url}/Timeline`,
    },
  };
}
