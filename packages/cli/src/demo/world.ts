import twilio from '@tutti/client';
import { startTestServer, type Phone, type TestServer, type WebhookCatcher } from '@tutti/testkit';
import type { Shown } from './stage.ts';

export const customerNumber = '+15557654321';
export const visitorNumber = '+15559876543';
export const ourNumber = '+15551234567';

/** Everything the demo plays with. */
export interface World {
  readonly server: TestServer;
  /** The official client, with Conductors and voice bindings typed. */
  readonly client: twilio.Twilio;
  readonly webhooks: WebhookCatcher;
  readonly customer: Phone;
  readonly visitor: Phone;
  close(): Promise<Shown<undefined>>;
}

/** @throws what one of them could not be opened for; then nothing stays open, and the program can end. */
export async function openWorld(): Promise<Shown<World>> {
  const server = await startTestServer();
  try {
    return await furnish(server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function furnish(server: TestServer): Promise<Shown<World>> {
  const webhooks = await server.webhooks();
  const customer = await server.phone(customerNumber);
  const visitor = await server.phone(visitorNumber);
  const client = twilio(server.accountSid, server.authToken, { baseUrl: server.url });
  const close = async (): Promise<Shown<undefined>> => {
    await server.close();
    const { calls, bridges, legs, dialogs } = server.server.voiceCounts;
    return {
      shows: [
        `open calls ${calls}, bridges ${bridges}, audio legs ${legs}, SIP dialogs ${dialogs}`,
      ],
      value: undefined,
    };
  };
  return {
    shows: [
      `tutti ready ${server.url} ${server.sip}`,
      `webhooks are caught at ${webhooks.url}`,
      `phones ${customer.uri} and ${visitor.uri} are registered`,
    ],
    value: { server, client, webhooks, customer, visitor, close },
  };
}
