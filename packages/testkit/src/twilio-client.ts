import { createRequire } from 'node:module';
import type TwilioSDK from 'twilio';

/** The official client for a server: each product's requests go to `<url>/<product>`. */
export function createTwilioClient(
  url: string,
  credentials: { readonly accountSid: string; readonly authToken: string },
): TwilioSDK.Twilio {
  // Not at import, because the package takes long to load.
  const twilio = createRequire(import.meta.url)('twilio') as typeof TwilioSDK;
  const httpClient = new twilio.RequestClient();
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => request({ ...options, uri: serverUri(url, options.uri) });
  // An edge or region in the environment belongs to Twilio's hosts.
  return twilio(credentials.accountSid, credentials.authToken, { httpClient, env: {} });
}

function serverUri(url: string, uri: string): string {
  const { hostname, pathname, search } = new URL(uri);
  const product = /^([a-z-]+)\..*twilio\.com$/.exec(hostname)?.[1];
  if (product === undefined) return uri;
  // A page's URI of the 2010 API has no host, but may begin with the product.
  const path = pathname.startsWith(`/${product}/`) ? pathname : `/${product}${pathname}`;
  return `${url}${path}${search}`;
}
