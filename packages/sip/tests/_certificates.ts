import { readFileSync } from 'node:fs';

/** Certificates for tests only, valid for a century; their authority's key is not kept. */
function pem(name: string): string {
  return readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
}

export const authority = pem('authority');

/** For `localhost` and 127.0.0.1, by the authority. */
export const loopback = { cert: pem('loopback'), key: pem('loopback-key') };

/** For `other.example.com`, by the authority. */
export const other = { cert: pem('other'), key: pem('other-key') };
