import { isSid } from '@tutti/ids';
import { MessageIntake } from '../../actions/message-intake.ts';
import { removeMessage } from '../../actions/remove-message.ts';
import { changeMessage } from '../../actions/update-message.ts';
import { refusal } from '../../base/app-error.ts';
import { checkBody, messageLimits, type Message } from '../../model/message.ts';
import { findMessage, listMessages } from '../../store/messages.ts';
import { date, json, oneOf, text } from '../fields.ts';
import { form, type Field } from '../form.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { conversationOf, scoped, scopeUrl, type ScopedRequest } from './scope.ts';

const SUBJECT_MAX = 256;
const PAGE_MAX = 100;

const body: Field<string> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    checkBody(given, name);
    return given;
  },
};

/** Empty text leaves the author to be the system. */
const author: Field<string> = {
  read: (values, name) =>
    text(messageLimits.author, 'authorTooLong').read(values, name) || 'system',
};

const changeable = {
  Author: author,
  Body: body,
  Attributes: json(messageLimits.attributesBytes),
  Subject: text(SUBJECT_MAX),
  DateCreated: date(),
  DateUpdated: date(),
};

/** Parameters of Twilio that need a media or content store. */
const notCarried: Field<string> = {
  read: (values, name) => {
    throw refusal('notCarried', {
      name,
      given: values.at(-1) ?? '',
      problem: 'Send the text as Body.',
    });
  },
};

const create = form({
  ...changeable,
  MediaSid: notCarried,
  ContentSid: notCarried,
  ContentVariables: notCarried,
});
const update = form(changeable);
const list = form({ Order: oneOf(['asc', 'desc']) });

export function messageRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const intake = new MessageIntake(context);
  const collection = scoped('/Conversations/:ConversationSid/Messages');
  const item = scoped('/Conversations/:ConversationSid/Messages/:Sid');

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async (request) => {
      const { values, caller } = request;
      if (values.Body === undefined) throw refusal('bodyMissing', {});
      const key = request.path['ConversationSid'] ?? '';
      // The action looks a plain SID up again inside its transaction; once is enough on the hottest path.
      const conversationSid =
        isSid(key, 'CH') && request.path['ChatServiceSid'] === undefined
          ? key
          : (await conversationOf(db, request, key)).sid;
      const message = await intake.add(
        {
          accountSid: caller.account.sid,
          conversationSid,
          author: values.Author ?? 'system',
          body: values.Body,
          attributes: values.Attributes ?? '{}',
          subject: values.Subject ?? null,
          dateCreated: values.DateCreated,
          dateUpdated: values.DateUpdated,
        },
        request.origin,
      );
      return renderMessage(message, request);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: list,
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      const wanted = request.page(PAGE_MAX);
      const page = await listMessages(db, conversation.sid, request.values.Order ?? 'asc', wanted);
      return productPage(
        'messages',
        page.items.map((message) => renderMessage(message, request)),
        request,
        wanted,
        page,
      );
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => {
      const conversationKey = request.path['ConversationSid'] ?? '';
      const key = request.path['Sid'] ?? '';
      // A message tells whose it is; its conversation is looked up only to say what is wrong with the path.
      if (isSid(conversationKey, 'CH') && request.path['ChatServiceSid'] === undefined) {
        const message = await findMessage(db, conversationKey, key);
        if (message?.accountSid === request.caller.account.sid) {
          return renderMessage(message, request);
        }
      }
      const conversation = await conversationOf(db, request, conversationKey);
      const message = found(await findMessage(db, conversation.sid, key), request, key, 'IM');
      return renderMessage(message, request);
    },
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const { values } = request;
      if (request.isEmpty) throw refusal('emptyUpdate', { known: update.names.join(', ') });
      const { accountSid, sid: conversationSid } = await conversationOf(
        db,
        request,
        request.path['ConversationSid'] ?? '',
      );
      const messageSid = request.path['Sid'] ?? '';
      found(await findMessage(db, conversationSid, messageSid), request, messageSid, 'IM');
      const message = await changeMessage(
        context,
        { accountSid, conversationSid, messageSid },
        {
          author: values.Author,
          body: values.Body,
          attributes: values.Attributes,
          subject: values.Subject,
          dateCreated: values.DateCreated,
          dateUpdated: values.DateUpdated,
        },
        request.origin,
      );
      return renderMessage(message, request);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const { accountSid, sid: conversationSid } = await conversationOf(
        db,
        request,
        request.path['ConversationSid'] ?? '',
      );
      const messageSid = request.path['Sid'] ?? '';
      found(await findMessage(db, conversationSid, messageSid), request, messageSid, 'IM');
      await removeMessage(context, { accountSid, conversationSid, messageSid }, request.origin);
    },
  });
}

export function renderMessage(message: Omit<Message, 'seq'>, request: ScopedRequest): Json {
  const url = `${scopeUrl(request)}/Conversations/${message.conversationSid}/Messages/${message.sid}`;
  return {
    sid: message.sid,
    account_sid: message.accountSid,
    chat_service_sid: message.chatServiceSid,
    conversation_sid: message.conversationSid,
    index: message.messageIndex,
    author: message.author,
    body: message.body,
    media: message.media === null ? null : (JSON.parse(message.media) as unknown),
    attributes: message.attributes,
    participant_sid: message.participantSid,
    date_created: isoDate(message.dateCreated),
    date_updated: isoDate(message.dateUpdated),
    url,
    delivery: null,
    content_sid: null,
    links: {
      delivery_receipts: `${url}/Receipts`,
      channel_metadata: `${url}/ChannelMetadata`,
    },
  };
}
