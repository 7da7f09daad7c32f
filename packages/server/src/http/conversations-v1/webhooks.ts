import { addScopedWebhook } from '../../actions/add-scoped-webhook.ts';
import { removeScopedWebhook } from '../../actions/remove-scoped-webhook.ts';
import { changeScopedWebhook } from '../../actions/update-scoped-webhook.ts';
import { refusal } from '../../base/app-error.ts';
import type { ScopedWebhook } from '../../model/webhook.ts';
import type { Db } from '../../store/open-store.ts';
import { findScopedWebhook, pageScopedWebhooks } from '../../store/webhooks.ts';
import { integer, method, oneOf, texts, url } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { given } from '../given.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { conversationOf, scoped, scopeUrl, type ScopedRequest } from './scope.ts';
import { scopedFilters } from './webhook-fields.ts';

/** Twilio: conversations/api/conversation-scoped-webhook-resource; errors 50361-50372 */
const URL_MAX = 512;
const TRIGGERS_MAX = 5;
const TRIGGER_MAX = 248;
const PAGE_MAX = 5;

const target: Field<ScopedWebhook['target']> = {
  read: (values, name) => {
    if ((values.at(-1) ?? '') === '') throw refusal('webhookTargetMissing', {});
    return oneOf(['webhook', 'trigger'], (value) =>
      refusal('invalidWebhookTarget', { given: value }),
    ).read(values, name);
  },
};

const webhookUrl: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (value === '') throw refusal('webhookUrlMissing', {});
    if (value.length > URL_MAX) {
      throw refusal('invalidWebhookUrl', {
        given: `${value.slice(0, 80)}…`,
        problem: `It is ${value.length} characters long; at most ${URL_MAX} are taken.`,
      });
    }
    return url('invalidWebhookUrl').read(values, name);
  },
};

const triggers: Field<readonly string[]> = {
  read: (values, name) => {
    const words = texts.read(values, name).filter((word) => word.trim() !== '');
    if (words.length === 0) throw refusal('webhookTriggerMissing', {});
    if (words.length > TRIGGERS_MAX) {
      throw refusal('tooManyTriggers', { limit: TRIGGERS_MAX, given: words.length });
    }
    const long = words.find((word) => word.length > TRIGGER_MAX);
    if (long !== undefined) {
      throw refusal('invalidTrigger', { given: `${long.slice(0, 80)}…`, max: TRIGGER_MAX });
    }
    return words;
  },
};

const flowSid: Field<undefined> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (value === '') return undefined;
    const problem = 'It needs Twilio Studio. Use Target=webhook with Configuration.Url.';
    throw refusal('notCarried', { name, given: value, problem });
  },
};

const changeable = {
  'Configuration.Url': webhookUrl,
  'Configuration.Method': method('invalidWebhookMethod'),
  'Configuration.Filters': scopedFilters,
  'Configuration.Triggers': triggers,
  'Configuration.FlowSid': flowSid,
};
const create = form({
  Target: target,
  ...changeable,
  'Configuration.ReplayAfter': integer(-1, Number.MAX_SAFE_INTEGER),
});
const update = form(changeable);

export function webhookRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = scoped('/Conversations/:ConversationSid/Webhooks');
  const item = scoped('/Conversations/:ConversationSid/Webhooks/:Sid');

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      if (values.Target === undefined) throw refusal('webhookTargetMissing', {});
      if (values['Configuration.Url'] === undefined) throw refusal('webhookUrlMissing', {});
      if (values.Target === 'trigger' && values['Configuration.Triggers'] === undefined) {
        throw refusal('webhookTriggerMissing', {});
      }
      if (values.Target === 'webhook' && values['Configuration.Filters'] === undefined) {
        throw refusal('webhookFilterMissing', {});
      }
      const webhook = await addScopedWebhook(
        context,
        { accountSid: conversation.accountSid, conversationSid: conversation.sid },
        {
          target: values.Target,
          url: values['Configuration.Url'],
          method: 'POST',
          filters: '["onMessageAdded"]',
          triggers: null,
          ...changesOf(values.Target, values),
        },
        values['Configuration.ReplayAfter'],
        request.origin,
      );
      return renderWebhook(webhook, request);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      const wanted = request.page(PAGE_MAX);
      const page = await pageScopedWebhooks(db, conversation.sid, wanted);
      const items = page.items.map((webhook) => renderWebhook(webhook, request));
      return productPage('webhooks', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderWebhook(await webhookOf(db, request), request),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const webhook = await webhookOf(db, request);
      if (request.isEmpty) throw refusal('emptyUpdate', { known: update.names.join(', ') });
      const change = changesOf(webhook.target, request.values);
      const changed = await changeScopedWebhook(context, webhook, change, request.origin);
      return renderWebhook(changed, request);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeScopedWebhook(context, await webhookOf(db, request), request.origin);
    },
  });
}

async function webhookOf(db: Db, request: ScopedRequest): Promise<ScopedWebhook> {
  const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
  const key = request.path['Sid'] ?? '';
  return found(await findScopedWebhook(db, conversation.sid, key), request, key, 'WH');
}

/** The changes a form asks for, once it is sure that a webhook of this target reads them. */
function changesOf(
  kind: ScopedWebhook['target'],
  values: FormValues<typeof changeable>,
): Partial<Pick<ScopedWebhook, 'url' | 'method' | 'filters' | 'triggers'>> {
  const filters = values['Configuration.Filters'];
  const words = values['Configuration.Triggers'];
  if (kind === 'webhook' && words !== undefined) {
    throw refusal('invalidParameter', {
      name: 'Configuration.Triggers',
      problem:
        'a webhook with Target=webhook fires by its filters. Create one with Target=trigger.',
    });
  }
  if (kind === 'webhook' && filters?.length === 0) throw refusal('webhookFilterMissing', {});
  if (kind === 'trigger' && filters?.some((event) => event !== 'onMessageAdded') === true) {
    throw refusal('invalidWebhookFilter', {
      given: filters.join(', '),
      explanation:
        'A trigger hears of onMessageAdded only. Create a webhook with Target=webhook for other events.',
    });
  }
  return given({
    url: values['Configuration.Url'],
    method: values['Configuration.Method'],
    filters: kind === 'webhook' && filters !== undefined ? JSON.stringify(filters) : undefined,
    triggers: words === undefined ? undefined : JSON.stringify(words),
  });
}

function renderWebhook(webhook: Omit<ScopedWebhook, 'seq'>, request: ScopedRequest): Json {
  const { url: hook, method: verb, filters, triggers: words } = webhook;
  return {
    sid: webhook.sid,
    account_sid: webhook.accountSid,
    chat_service_sid: webhook.chatServiceSid,
    conversation_sid: webhook.conversationSid,
    target: webhook.target,
    configuration: {
      url: hook,
      // In lower case here, in upper case in the account's configuration: as Twilio writes them.
      method: verb.toLowerCase(),
      filters: JSON.parse(filters) as unknown,
      ...(words === null ? {} : { triggers: JSON.parse(words) as unknown }),
    },
    date_created: isoDate(webhook.dateCreated),
    date_updated: isoDate(webhook.dateUpdated),
    url: `${scopeUrl(request)}/Conversations/${webhook.conversationSid}/Webhooks/${webhook.sid}`,
  };
}
