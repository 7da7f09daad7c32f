import { refusal } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { alertedExchange } from '../callback/alerted-exchange.ts';
import type { CallbackAnswer } from '../callback/send.ts';
import { shownUrl } from '../callback/target.ts';
import { checkAttributes } from '../model/attributes.ts';
import { CONVERSATION_NAME_MAX, type Conversation } from '../model/conversation.ts';
import { checkBody, messageLimits } from '../model/message.ts';
import type { PreEvent } from '../model/webhook.ts';
import { findAccount } from '../store/accounts.ts';
import { eventForm, type EventParameters } from './announce.ts';
import type { ActionContext, Origin } from './context.ts';
import { findEffectiveWebhooks, type EffectiveWebhooks } from './find-effective-webhooks.ts';
import { alertNamed, raiseAlert } from './raise-alert.ts';

/** Twilio: conversations/conversations-webhooks, five seconds for each */
const TIMEOUT_MS = 5000;

/** What a pre-event webhook wants to be otherwise; absent where it said nothing. */
export interface Modifications {
  readonly friendlyName?: string;
  readonly body?: string;
  readonly author?: string;
  readonly attributes?: string;
}

/** Who is asked, and what an alert about it is filed under. */
export type Asked = Pick<Conversation, 'accountSid' | 'chatServiceSid'> & {
  /** Absent before a conversation has a SID. */
  readonly resourceSid?: string;
};

/**
 * Asks the pre-event webhook, when there is one that hears of the event, whether the change may happen and
 * what it should be. Call it before the transaction: it may take five seconds. `parameters` are worked out
 * only when somebody is asked.
 *
 * A webhook that gives no answer stops nothing: the change goes on as it was, and an alert says so.
 * Twilio: conversations/conversations-webhooks#pre-action-webhooks
 *
 * @throws RequestError rejectedByWebhook, and those of a modification that does not fit
 */
export async function askPreWebhook(
  context: ActionContext,
  asked: Asked,
  event: PreEvent,
  origin: Origin,
  parameters: () => EventParameters | Promise<EventParameters>,
): Promise<Modifications> {
  if (!origin.webhooks) return {};
  const webhooks = await findEffectiveWebhooks(context.db, asked);
  if (webhooks?.preWebhookUrl == null || !webhooks.filters.includes(event)) return {};

  const question: Question = {
    asked,
    event,
    url: webhooks.preWebhookUrl,
    method: webhooks.method,
    form: eventForm(asked.accountSid, event, origin.source, await parameters()),
  };
  const account = await findAccount(context.db, asked.accountSid);
  const answer = await context.sender.send({
    method: question.method,
    url: question.url,
    parameters: question.form,
    authToken: account?.authToken,
    idempotencyToken: context.ids.uuid(),
    timeouts: { totalMs: TIMEOUT_MS },
    overrides: false,
  });
  if (!answer.ok && answer.givenUp) {
    throw refusal('unavailable', { problem: 'the server is shutting down.' });
  }
  if (answer.status !== undefined && answer.status !== 200) {
    const url = shownUrl(question.url);
    throw refusal('rejectedByWebhook', { url, event, status: answer.status });
  }
  if (!answer.ok) {
    const timedOut =
      answer.errorName === 'fetchTimeout' || answer.errorName === 'fetchConnectTimeout';
    const refused = answer.errorName === 'fetchAddressRefused';
    const name = refused ? answer.errorName : timedOut ? 'webhookTimeout' : 'webhookFailed';
    const code = refused ? '' : ` (${catalogue[answer.errorName].code})`;
    await alert(context, question, answer, name, `${answer.problem}${code} ${UNCHANGED}`);
    return {};
  }
  const text = answer.body.toString('utf8').trim();
  const given = readObject(text);
  if (given === undefined) {
    const problem = `it answered 200 with a body that is no JSON object. ${UNCHANGED}`;
    await alert(context, question, answer, 'webhookFailed', problem);
    return {};
  }
  return modificationsOf(given, event);
}

const UNCHANGED = 'The change was made as it was asked for.';

interface Question {
  readonly asked: Asked;
  readonly event: PreEvent;
  readonly url: string;
  readonly method: EffectiveWebhooks['method'];
  readonly form: Readonly<Record<string, string>>;
}

async function alert(
  context: ActionContext,
  { asked, event, method, form, ...question }: Question,
  answer: CallbackAnswer,
  name: 'webhookTimeout' | 'webhookFailed' | 'fetchAddressRefused',
  problem: string,
): Promise<void> {
  const url = shownUrl(question.url);
  await raiseAlert(context, {
    accountSid: asked.accountSid,
    ...alertNamed(name, { url, event, problem, limit: TIMEOUT_MS }),
    serviceSid: asked.chatServiceSid,
    resourceSid: asked.resourceSid,
    exchange: alertedExchange({ method, url: question.url, parameters: form }, answer),
  });
}

/** An empty body is an empty object. */
function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // The caller tells of it.
    return undefined;
  }
}

/** Keys that an answer can modify, by what the event is about; other keys are not read. */
function modificationsOf(
  answer: Readonly<Record<string, unknown>>,
  event: PreEvent,
): Modifications {
  if (event === 'onConversationAdd' || event === 'onConversationUpdate') {
    const friendlyName = textOf(answer, 'friendly_name');
    if (friendlyName === undefined) return {};
    const max = CONVERSATION_NAME_MAX;
    const { length } = friendlyName;
    if (length > max)
      throw refusal('friendlyNameTooLong', { name: in200('friendly_name'), length, max });
    return { friendlyName };
  }
  if (event !== 'onMessageAdd' && event !== 'onMessageUpdate') return {};
  const body = textOf(answer, 'body');
  const author = textOf(answer, 'author');
  const attributes = textOf(answer, 'attributes');
  if (body !== undefined) checkBody(body, in200('body'));
  if (author !== undefined && author.length > messageLimits.author) {
    const max = messageLimits.author;
    throw refusal('authorTooLong', { name: in200('author'), length: author.length, max });
  }
  if (attributes !== undefined) {
    checkAttributes(attributes, in200('attributes'), messageLimits.attributesBytes);
  }
  return {
    ...(body !== undefined && { body }),
    ...(author !== undefined && { author }),
    ...(attributes !== undefined && { attributes }),
  };
}

/** A text; attributes may be given as the JSON they are. null and absent keep what was asked for. */
function textOf(answer: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = answer[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (key === 'attributes' && typeof value === 'object') return JSON.stringify(value);
  throw refusal('invalidParameter', {
    name: in200(key),
    problem: `it is a ${typeof value}; a text is expected.`,
  });
}

/** The name of a modification in messages, which the caller of the API did not write. */
function in200(key: string): string {
  return `${key} (in the answer of the pre-event webhook)`;
}
