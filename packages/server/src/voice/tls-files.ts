import { readFile } from 'node:fs/promises';
import type { SipTlsOptions } from '@tutti/sip';
import { OutletError } from '../base/app-error.ts';
import type { SipTls } from '../config/sip-tls.ts';

/**
 * Reads certificate, key and authorities; calls out work without any of them.
 * @throws OutletError that names the setting whose file cannot be read.
 */
export async function readTlsFiles({ listen, caFile }: SipTls): Promise<SipTlsOptions> {
  return {
    ...(listen === undefined
      ? {}
      : {
          listen: {
            port: listen.port,
            cert: await read('TUTTI_SIP_TLS_CERT', listen.certFile),
            key: await read('TUTTI_SIP_TLS_KEY', listen.keyFile),
          },
        }),
    ...(caFile === undefined ? {} : { ca: await read('TUTTI_SIP_TLS_CA', caFile) }),
  };
}

async function read(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OutletError('sip', `${setting}=${file} cannot be read: ${problem}.`, {
      retryable: false,
      cause,
    });
  }
}
