/** An object of JSON. */
export type Claims = Readonly<Record<string, unknown>>;

/** A JSON Web Token, read and not yet believed. */
export interface DecodedToken {
  readonly header: Claims;
  readonly payload: Claims;
  /** What is signed: header and payload as they are written. */
  readonly signedText: string;
  readonly signature: string;
}

export type DecodedTokenResult =
  | { readonly ok: true; readonly value: DecodedToken }
  /** Which part cannot be read; `parts`: there are not three. */
  | { readonly ok: false; readonly error: 'parts' | 'header' | 'payload' };

/** A SID that an access token grants. */
export interface GrantedSid {
  /** Where it stands in `grants`: `voice.outgoing.application_sid`. */
  readonly path: string;
  /** As it stands there: it may be of another kind, or none. */
  readonly given: string;
  /** Prefixes of the kinds that belong there. */
  readonly wanted: readonly string[];
}

/** Reads a JWT in its compact form: three parts in base64url (RFC 7519 §3, RFC 7515 §7.1). */
export function decodeToken(text: string): DecodedTokenResult {
  const [header, payload, signature, ...rest] = text.trim().split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return { ok: false, error: 'parts' };
  }
  const decodedHeader = decodePart(header);
  const decodedPayload = decodePart(payload);
  if (decodedHeader === undefined) return { ok: false, error: 'header' };
  if (decodedPayload === undefined) return { ok: false, error: 'payload' };
  return {
    ok: true,
    value: {
      header: decodedHeader,
      payload: decodedPayload,
      signedText: `${header}.${payload}`,
      signature,
    },
  };
}

/** Where grants carry SIDs, and of which kinds. Twilio: iam/access-tokens */
const places: readonly (readonly [path: string, wanted: readonly string[]])[] = [
  ['voice.outgoing.application_sid', ['AP']],
  ['voice.push_credential_sid', ['CR']],
  ['chat.service_sid', ['IS']],
  ['chat.push_credential_sid', ['CR']],
  ['chat.deployment_role_sid', ['RL']],
  ['data_sync.service_sid', ['IS']],
  ['task_router.workspace_sid', ['WS']],
  ['task_router.worker_sid', ['WK']],
];

/** The SIDs that an access token's payload grants. */
export function grantedSids({ grants }: Claims): readonly GrantedSid[] {
  return places.flatMap(([path, wanted]) => {
    let value: unknown = grants;
    for (const name of path.split('.')) value = claimsOf(value)?.[name];
    return value === undefined ? [] : [{ path, given: claimText(value), wanted }];
  });
}

/** A claim as text; empty where there is none. */
export function claimText(claim: unknown): string {
  if (typeof claim === 'string') return claim;
  return claim === undefined ? '' : JSON.stringify(claim);
}

/** An object of JSON, undefined for anything else. */
export function claimsOf(value: unknown): Claims | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Claims)
    : undefined;
}

function decodePart(part: string): Claims | undefined {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return claimsOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
