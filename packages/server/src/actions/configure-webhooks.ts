import type { Sid } from '@tutti/ids';
import type { WebhookConfiguration } from '../model/webhook.ts';
import type { New } from '../store/schema.ts';
import { lockWebhookConfiguration, putWebhookConfiguration } from '../store/webhooks.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

export type WebhookSettings = Pick<
  WebhookConfiguration,
  'preWebhookUrl' | 'postWebhookUrl' | 'method' | 'filters'
>;

const unset: WebhookSettings = {
  preWebhookUrl: null,
  postWebhookUrl: null,
  method: 'POST',
  filters: '[]',
};

/** Sets the webhooks of an account or of one service; what the change does not name stays as it is. */
export async function configureWebhooks(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  ownerSid: Sid<'AC' | 'IS'>,
  change: Partial<WebhookSettings>,
  origin: Origin,
): Promise<New<WebhookConfiguration>> {
  return context.transact(async (tx) => {
    const now = context.clock.now();
    const current = await lockWebhookConfiguration(tx, ownerSid);
    const { preWebhookUrl, postWebhookUrl, method, filters } = { ...unset, ...current, ...change };
    const configuration: New<WebhookConfiguration> = {
      ownerSid,
      accountSid,
      preWebhookUrl,
      postWebhookUrl,
      method,
      filters,
      dateCreated: current?.dateCreated ?? now,
      dateUpdated: now,
    };
    await putWebhookConfiguration(tx, configuration);
    await recordEvent(tx, context, origin, {
      type: 'webhook-configuration',
      accountSid,
      resourceSid: ownerSid,
      previous: current ?? unset,
      current: configuration,
    });
    return configuration;
  });
}
