import { type IncomingCall, SipEndpoint, type SipEndpointOptions } from '@tutti/sip';

/** A SIP peer without a phone around it: each INVITE goes to `onInvite`. */
export interface Peer extends AsyncDisposable {
  readonly endpoint: SipEndpoint;
  /** `sip:user@host:port` */
  uri(user: string): string;
}

export async function openPeer(
  onInvite: (call: IncomingCall) => void,
  options: Partial<SipEndpointOptions> = {},
): Promise<Peer> {
  const endpoint = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'peer',
    onInvite,
    closeTimeoutMs: 100,
    ...options,
  });
  return {
    endpoint,
    uri: (user) => `sip:${user}@127.0.0.1:${endpoint.port}`,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}
