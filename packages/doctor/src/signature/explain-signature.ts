import type { Difference, SignatureCause } from './differences.ts';
import { bodiesAsSent, possibleDifferences } from './differences.ts';
import type { ReceivedRequest } from './received-request.ts';
import { headerOf, parametersOf } from './received-request.ts';
import type { NamedSecret, Signed } from './signing.ts';
import { bodyHash, signatureOf, takeApart, urlOf } from './signing.ts';
import { bodyHashOf, validates } from './validates.ts';

export interface ExplainSignatureOptions extends ReceivedRequest {
  /** The auth token that the receiver has first, then whatever else could have signed. */
  readonly tokens: readonly [NamedSecret, ...NamedSecret[]];
}

/** One thing in which what was received differs from what was signed. */
export interface SignatureDifference {
  readonly cause: SignatureCause;
  readonly received: string;
  readonly signed: string;
}

export type SignatureExplanation =
  /** There is nothing to explain: no signature, or one that no signer makes. */
  | { readonly verdict: 'missing' }
  | { readonly verdict: 'malformed'; readonly given: string }
  /** Neither the request nor anything like it was signed with any of the tokens. */
  | { readonly verdict: 'unexplained'; readonly tried: number }
  | {
      /** `valid` is what Twilio's own validator for Node says. */
      readonly verdict: 'valid' | 'invalid';
      /** What was signed; a password in it is masked. */
      readonly signedUrl: string;
      readonly signedWith: string;
      /** What the validator bears with, or what makes the request invalid. Empty where nothing differs. */
      readonly differences: readonly SignatureDifference[];
    };

/** More than three differences at once are no explanation. */
const MOST_DIFFERENCES = 3;

/**
 * Says whether a webhook's `X-Twilio-Signature` validates and, if not, in what the request that was signed
 * differs from the one received: its URL as a proxy changes it, its body as a framework does, or the token.
 *
 * @throws TypeError for a `url` that is none.
 */
export function explainSignature(options: ExplainSignatureOptions): SignatureExplanation {
  const { url, body = '', tokens } = options;
  const apart = takeApart(url);
  if (apart === undefined) throw new TypeError(`${url} is no URL as https://example.com/voice`);
  const signature = headerOf(options, 'x-twilio-signature')?.trim();
  if (!signature) return { verdict: 'missing' };
  // 20 bytes of HMAC-SHA1.
  if (!/^[A-Za-z0-9+/]{27}=$/.test(signature)) return { verdict: 'malformed', given: signature };
  const [token] = tokens;
  const form = parametersOf(options);
  const isValid = validates({ signature, url, form, body, token });
  const hash = bodyHashOf(url);
  const from: Signed = { ...apart, form: hash === undefined ? form : [], token };
  const search = new Search(signature, from, possibleDifferences(options, from, tokens));
  const found = search.find();
  if (found === undefined) {
    return isValid
      ? { verdict: 'valid', signedUrl: masked(url), signedWith: token.name, differences: [] }
      : { verdict: 'unexplained', tried: search.tried };
  }
  const differences: SignatureDifference[] = found.differences.map(
    ({ cause, received, signed }) => ({ cause, received, signed }),
  );
  const signedHash = bodyHashOf(urlOf(found.signed));
  if (!isValid && signedHash !== undefined && signedHash !== bodyHash(body)) {
    const isWrittenAnew = bodiesAsSent(body).some((sent) => bodyHash(sent) === signedHash);
    if (!differences.some(({ cause }) => cause === 'body-hash-dropped') || !isWrittenAnew) {
      differences.push({
        cause: isWrittenAnew ? 'body-reencoded' : 'body-changed',
        received: bodyHash(body),
        signed: signedHash,
      });
    }
  }
  return {
    verdict: isValid ? 'valid' : 'invalid',
    signedUrl: masked(urlOf(found.signed)),
    signedWith: found.signed.token.name,
    differences,
  };
}

const masked = (url: string): string => url.replace(/^([^/]+\/\/[^/?#@:]*):[^/?#@]*@/, '$1:***@');

interface Found {
  readonly signed: Signed;
  readonly differences: readonly Difference[];
}

/** Looks for what was signed, with as few differences as can be. */
class Search {
  tried = 0;
  readonly #signature: string;
  readonly #from: Signed;
  readonly #parts: readonly (readonly Difference[])[];

  constructor(signature: string, from: Signed, parts: readonly (readonly Difference[])[]) {
    this.#signature = signature;
    this.#from = from;
    this.#parts = parts;
  }

  find(): Found | undefined {
    for (let count = 0; count <= MOST_DIFFERENCES; count += 1) {
      const found = this.#with(count, 0, this.#from, []);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Tries all that differ from `signed` in `count` more parts, of those from `part` on. */
  #with(
    count: number,
    part: number,
    signed: Signed,
    differences: readonly Difference[],
  ): Found | undefined {
    if (count === 0) {
      this.tried += 1;
      const made = signatureOf(urlOf(signed), signed.form, signed.token.value);
      return made === this.#signature ? { signed, differences } : undefined;
    }
    for (let at = part; at < this.#parts.length; at += 1) {
      for (const each of this.#parts[at] ?? []) {
        const next = [...differences, each];
        const found = this.#with(count - 1, at + 1, each.apply(signed), next);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}
