import type { CallbackAnswer } from './send.ts';
import { encodeForm, type Parameters } from './signature.ts';

/** The HTTP exchange an alert is about, as it was; whoever keeps the alert masks the secrets and cuts it. */
export interface AlertedExchange {
  readonly method: string;
  readonly url: string;
  /** URL-encoded, as Twilio shows them. */
  readonly variables?: string | undefined;
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
  /** Absent when nothing was answered, with the two that follow. */
  readonly status?: number | undefined;
  readonly responseHeaders?: Readonly<Record<string, string>> | undefined;
  readonly responseBody?: string | undefined;
}

/** The exchange that `asked` began and `answer` ended. */
export function alertedExchange(
  asked: { readonly method: 'GET' | 'POST'; readonly url: string; readonly parameters: Parameters },
  { requestHeaders, status, headers, body }: CallbackAnswer,
): AlertedExchange {
  return {
    method: asked.method,
    url: asked.url,
    variables: encodeForm(asked.parameters),
    requestHeaders,
    status,
    responseHeaders: headers,
    responseBody: body?.toString('utf8'),
  };
}
