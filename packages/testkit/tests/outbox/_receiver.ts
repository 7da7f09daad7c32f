import type { CaughtWebhook, TestServer } from '../../src/index.ts';

/** An answer that waits until it is let go. */
export function heldAnswer(): {
  readonly answer: (request: CaughtWebhook) => Promise<{ status: number }>;
  readonly release: () => void;
} {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    answer: async () => {
      await released;
      return { status: 200 };
    },
    release,
  };
}

/** A conversation whose events go to `url`; its SID. */
export async function openConversation(
  { client }: TestServer,
  url: string,
  events: string[] = ['onMessageAdded'],
): Promise<string> {
  const { sid } = await client.conversations.v1.conversations.create();
  await client.conversations.v1.conversations(sid).webhooks.create({
    target: 'webhook',
    'configuration.url': url,
    'configuration.filters': events,
  });
  return sid;
}

export async function addMessage(
  { client }: TestServer,
  conversationSid: string,
  body: string,
): Promise<string> {
  const { sid } = await client.conversations.v1
    .conversations(conversationSid)
    .messages.create({ body, xTwilioWebhookEnabled: 'true' });
  return sid;
}

/** `GET /v1/Deliveries`, as far as it is looked at. */
export interface DeliveryJson {
  readonly resource_sid: string;
  readonly event_type: string;
  readonly method: string;
  readonly url: string;
  readonly attempt: number;
  readonly status_code: number | null;
  readonly error_code: number | null;
  readonly problem: string | null;
  readonly duration_ms: number;
  readonly date_created: string;
}

/** Attempts, oldest first. */
export async function listDeliveries(tutti: TestServer, query = ''): Promise<DeliveryJson[]> {
  const { body } = await tutti.request<{ deliveries: DeliveryJson[] }>(
    'GET',
    `/v1/Deliveries${query}`,
  );
  return body.deliveries.toReversed();
}
