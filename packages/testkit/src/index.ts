export type { CaughtWebhook } from './caught-webhook.ts';
export type { Dialing, DialOptions } from './dialing.ts';
export type { PhoneCall, Playing } from './phone-call.ts';
export { PhoneError, type PhoneErrorCode } from './phone-error.ts';
export { Phone, type PhoneOptions } from './phone.ts';
export type { RingingPhone } from './ringing-phone.ts';
export type { Sound } from './sound.ts';
export {
  type ServerAnswer,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from './test-server.ts';
export {
  type WebhookAnswer,
  WebhookCatcher,
  type WebhookCatcherOptions,
} from './webhook-catcher.ts';
