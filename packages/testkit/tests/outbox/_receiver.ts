import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
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

/** A web server that answers nothing until it is revived, and then everything. */
export async function openSilentReceiver(): Promise<{
  readonly requests: readonly { readonly path: string; readonly form: URLSearchParams }[];
  at(path: string): string;
  revive(): void;
}> {
  const requests: { path: string; form: URLSearchParams }[] = [];
  const held: ServerResponse[] = [];
  let isSilent = true;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ path: request.url ?? '', form: new URLSearchParams(body) });
      if (isSilent) held.push(response);
      else response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    at: (path) => `http://127.0.0.1:${port}${path}`,
    revive: () => {
      isSilent = false;
      for (const response of held) response.writeHead(204).end();
    },
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
  { url, accountSid, authToken }: TestServer,
  conversationSid: string,
  body: string,
): Promise<string> {
  const answer = await fetch(`${url}/v1/Conversations/${conversationSid}/Messages`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      'X-Twilio-Webhook-Enabled': 'true',
    },
    body: new URLSearchParams({ Body: body }),
  });
  const { sid } = (await answer.json()) as { sid: string };
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
