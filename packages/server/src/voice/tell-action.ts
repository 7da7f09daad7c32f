import { fetchTwiml } from '../callback/fetch-twiml.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import type { LiveCall } from './live-call.ts';

/** An `action` and what it is told. */
export interface ActionRequest {
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Asks an action whose document will not be run: the call is over, or sent elsewhere. */
export async function tellAction(
  live: LiveCall,
  { url, method, parameters }: ActionRequest,
  signal: AbortSignal = live.context.closing,
): Promise<void> {
  const { actions } = live.context;
  const answer = await fetchTwiml(actions.sender, {
    url,
    method,
    parameters: { ...live.parameters(), ...parameters },
    authToken: await live.authToken(),
    idempotencyToken: () => actions.ids.uuid(),
    cookies: live.cookies,
    signal,
  });
  await live.alerts.ofFetch(answer.alerts);
}
