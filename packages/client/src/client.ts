import TwilioSDK from 'twilio';
import passThrough from '../preload/pass-through.cjs';
import twilioParts from '../twilio-parts.cjs';
import { extendTwilio } from './extend.ts';

type RequestOptions = Parameters<TwilioSDK.Twilio['request']>[0];

/**
 * Twilio's client, whose requests go to a Tutti server if there is one: option `baseUrl`, else
 * TUTTI_URL in option `env` or in the environment. Without one it goes to Twilio.
 *
 * @throws {Error} if the server's URL is none
 */
export class Client extends TwilioSDK.Twilio {
  /** The server's URL without a slash at its end; undefined when requests go to Twilio. */
  readonly baseUrl: string | undefined;

  constructor(accountSid?: string, authToken?: string, opts?: TwilioSDK.ClientOpts) {
    super(accountSid, authToken, opts);
    this.baseUrl = readBaseUrl(
      opts?.baseUrl ?? opts?.env?.['TUTTI_URL'] ?? process.env['TUTTI_URL'],
    );
  }

  /** Sends what is for `https://<product>.twilio.com` to `<baseUrl>/<product>`. */
  override request(opts: RequestOptions): Promise<unknown> {
    if (this.baseUrl === undefined || !opts?.uri) return super.request(opts);
    return super.request({ ...opts, uri: serverUrl(this.baseUrl, opts.uri) });
  }

  /** An edge and a region belong to Twilio's hosts only. */
  override getHostname(hostname: string, edge?: string, region?: string): string {
    const isTwilio = hostname.endsWith('.twilio.com');
    return isTwilio ? super.getHostname(hostname, edge, region) : hostname;
  }
}

function readBaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error(`The server's URL (baseUrl, TUTTI_URL) must be http or https, not "${text}"`);
  }
  return text.replace(/\/+$/, '');
}

function serverUrl(baseUrl: string, uri: string): string {
  const { hostname, pathname, search } = new URL(uri);
  const [, product] = /^([^.]+)\..*twilio\.com$/.exec(hostname) ?? [];
  if (product === undefined) return uri;
  const prefix = `/${product}`;
  // A page's URI of the 2010 API has no host, but may have the prefix that the request came by.
  return `${baseUrl}${pathname.startsWith(`${prefix}/`) ? '' : prefix}${pathname}${search}`;
}

/** Whether a version of an API sends its requests to a Tutti server. */
function isOurs(version: unknown): boolean {
  const domain: unknown = Object(version)._domain;
  const client: unknown = Object(domain).twilio;
  return client instanceof Client && client.baseUrl !== undefined;
}

/** A domain's modules are loaded when it is first asked for; they are wrapped before it is used. */
function wrapDomains(): void {
  const getters = Object.getOwnPropertyDescriptors(TwilioSDK.Twilio.prototype);
  for (const [name, getter] of Object.entries(getters)) {
    if (getter.get === undefined) continue;
    let wrapped = false;
    Object.defineProperty(Client.prototype, name, {
      configurable: true,
      get(this: Client): unknown {
        const value: unknown = getter.get?.call(this);
        if (!wrapped) twilioParts.eachLoaded(passThrough.wrapModule);
        wrapped = true;
        return value;
      },
    });
  }
}

extendTwilio();
passThrough.passThroughFor(isOurs);
wrapDomains();
