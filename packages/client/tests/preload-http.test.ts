import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientFolder, makeFolder, preload, runNode, runPreloaded } from './_program.ts';
import { startRecorder } from './_recorder.ts';

const quiet = { code: 0, stderr: '' };
const data = (name: string): string => join(clientFolder, 'tests/data', name);

describe('the preload and node:http', () => {
  it('keeps method, path, headers and body, whichever form the arguments take', async () => {
    await using server = await startRecorder();

    const outcome = await runPreloaded(
      server.url,
      `import http from 'node:http';
       import https, { request } from 'node:https';
       const done = (call) => new Promise((resolve) => call((r) => r.resume().on('end', resolve)));
       await done((then) => https.get('https://api.twilio.com/a?b=c', then));
       await done((then) => https.get(new URL('https://api.twilio.com:8443/d'), { headers: { E: 'f' } }, then));
       await done((then) => http.get({ host: 'monitor.twilio.com', path: '/g', headers: ['H', 'i'] }, then));
       await done((then) => request({ hostname: 'API.twilio.com', method: 'PUT', auth: 'u:p' }, then).end('j'));
       await done((then) => https.get({ host: 'api.twilio.com', headers: { host: 'k.twilio.com' } }, then));`,
      { name: 'program.mjs' },
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.requests.map((it) => [it.method, it.host, it.path, it.body])).toEqual([
      ['GET', 'api.twilio.com', '/a', ''],
      ['GET', 'api.twilio.com:8443', '/d', ''],
      ['GET', 'monitor.twilio.com', '/g', ''],
      ['PUT', 'API.twilio.com', '/', 'j'],
      ['GET', 'k.twilio.com', '/', ''],
    ]);
    expect(server.requests[0]?.query.get('b')).toBe('c');
    expect(server.requests[1]?.headers['e']).toBe('f');
    expect(server.requests[2]?.headers['h']).toBe('i');
    expect(server.requests[3]?.headers.authorization).toBe('Basic dTpw');
  });

  it('takes requests away from agents, connections and proxies of their own', async () => {
    await using server = await startRecorder();
    await using proxy = await startRecorder();

    const outcome = await runPreloaded(
      server.url.replace('127.0.0.1', 'localhost'),
      `const https = require('node:https');
       const tls = require('node:tls');
       const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
       const get = (options) => new Promise((resolve) =>
         https.get({ host: 'api.twilio.com', ...options }, (r) => r.resume().on('end', resolve)));
       (async () => {
         await get({ path: '/socket', createConnection: tls.connect, family: 6,
           lookup: () => { throw new Error('looked up') },
           localAddress: '192.0.2.1', localPort: 1, socketPath: '/none' });
         await get({ path: '/agent', agent });
         await get({ path: '/agent', agent });
         await require('axios').get('https://api.twilio.com/axios?x=y');
         await require('twilio')().request({ method: 'get', uri: 'https://api.twilio.com/twilio' });
       })();`,
      { env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, http_proxy: '', https_proxy: '' } },
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.requests.map(({ host, path }) => host + path)).toEqual(
      ['/socket', '/agent', '/agent', '/axios', '/twilio'].map((path) => `api.twilio.com${path}`),
    );
    expect(server.requests[3]?.query.get('x')).toBe('y');
    expect(proxy.requests).toEqual([]);
  });

  it('may be imported by a program of ES modules itself', async () => {
    await using server = await startRecorder();
    await using folder = await makeFolder('@tutti/client');
    await folder.write(
      'program.mjs',
      `import '@tutti/client/register';
       import { get } from 'node:https';
       get('https://api.twilio.com/a', (response) => response.resume());`,
    );

    const outcome = await runNode(folder.path, ['program.mjs'], { TUTTI_URL: server.url });

    expect(outcome).toMatchObject(quiet);
    expect(server.only().host).toBe('api.twilio.com');
  });

  it('leaves every other host alone', async () => {
    await using server = await startRecorder();
    await using other = await startRecorder();

    const outcome = await runPreloaded(
      server.url,
      `const http = require('node:http');
       const agent = new http.Agent({ keepAlive: true });
       const url = '${other.url}';
       const seen = (request) => console.log(request.agent === agent, request.getHeader('host'));
       seen(http.get(url + '/get?host=api.twilio.com', { agent }, (r) => r.resume()));
       seen(http.request(url + '/post', { method: 'POST', agent }).end('x'));
       fetch(url + '/fetch', { headers: { referer: 'https://api.twilio.com' } });
       http.get({ host: 'api.twilio.com.localhost', lookup: (n, o, then) =>
         then(null, [{ address: '127.0.0.1', family: 4 }]), port: new URL(url).port, path: '/name' });`,
    );

    const host = new URL(other.url).host;
    expect(outcome).toEqual({ ...quiet, stdout: `true ${host}\ntrue ${host}\n` });
    expect(other.requests.map(({ path }) => path).sort()).toEqual([
      '/fetch',
      '/get',
      '/name',
      '/post',
    ]);
    expect(server.requests).toEqual([]);
  });

  it('reaches a server behind TLS by the name in its own certificate', async () => {
    const tls = {
      key: readFileSync(data('localhost.key')),
      cert: readFileSync(data('localhost.crt')),
    };
    await using server = await startRecorder(() => ({}), tls);

    const outcome = await runPreloaded(
      server.url,
      `require('node:https').get('https://api.twilio.com/a', (response) => response.resume());
       fetch('https://api.twilio.com/b');`,
      { env: { NODE_EXTRA_CA_CERTS: data('localhost.crt') } },
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.requests.map(({ host, path }) => host + path).sort()).toEqual([
      'api.twilio.com/a',
      'api.twilio.com/b',
    ]);
  });
});

describe('the preload and fetch', () => {
  it('keeps method, headers, body and Host for a string, a URL and a Request', async () => {
    await using server = await startRecorder();

    const outcome = await runPreloaded(
      server.url,
      `(async () => {
         await fetch('https://api.twilio.com/a?b=c', { headers: { authorization: 'Basic x' } });
         await fetch(new URL('https://conversations.twilio.com/d'), { method: 'POST', body: new URLSearchParams({ E: 'f' }) });
         const request = new Request('https://monitor.dublin.ie1.twilio.com/g', { method: 'PUT', body: 'h' });
         const response = await fetch(request, { headers: { i: 'j' } });
         console.log(response.status, await response.text());
       })()`,
    );

    expect(outcome).toEqual({ ...quiet, stdout: '200 {}\n' });
    expect(server.requests.map((it) => [it.method, it.host, it.path, it.body])).toEqual([
      ['GET', 'api.twilio.com', '/a', ''],
      ['POST', 'conversations.twilio.com', '/d', 'E=f'],
      ['PUT', 'monitor.dublin.ie1.twilio.com', '/g', 'h'],
    ]);
    expect(server.requests[0]?.query.get('b')).toBe('c');
    expect(server.requests[0]?.headers.authorization).toBe('Basic x');
    expect(server.requests[2]?.headers['i']).toBe('j');
  });

  it("follows the server's redirections to Twilio, and shows them to who asks not to", async () => {
    await using server = await startRecorder(({ path }) =>
      path === '/from'
        ? { status: 307, headers: { Location: 'https://media.twilio.com/to' } }
        : { body: { arrived: true } },
    );

    const outcome = await runPreloaded(
      server.url,
      `(async () => {
         const from = 'https://api.twilio.com/from';
         console.log(await (await fetch(from, { headers: { authorization: 'Basic x' } })).text());
         console.log((await fetch(from, { redirect: 'manual' })).headers.get('location'));
       })()`,
    );

    expect(outcome).toEqual({
      ...quiet,
      stdout: '{"arrived":true}\nhttps://media.twilio.com/to\n',
    });
    expect(server.requests.map(({ host }) => host)).toEqual([
      'api.twilio.com',
      'media.twilio.com',
      'api.twilio.com',
    ]);
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });
});

describe('the preload lets nothing out to Twilio', () => {
  it('fails the look-up of the name for sockets, TLS and HTTP/2', async () => {
    await using server = await startRecorder();

    const { stdout } = await runPreloaded(
      server.url,
      `import { lookup } from 'node:dns/promises';
       import { connect as http2 } from 'node:http2';
       import { connect as net } from 'node:net';
       import { connect as tls } from 'node:tls';
       const failed = (emitter) => new Promise((resolve) => emitter.on('error', resolve));
       for (const error of [
         await failed(net(443, 'api.twilio.com')),
         await failed(tls(443, 'api.twilio.com')),
         await failed(http2('https://api.twilio.com')),
         await lookup('api.twilio.com').catch((error) => error),
       ]) console.log(error.code, error.message);`,
      { name: 'program.mjs' },
    );

    const line = 'ENOTFOUND api.twilio.com is not looked up: requests to Twilio go to TUTTI_URL\n';
    expect(stdout).toBe(line.repeat(4));
  });

  it('refuses a tunnel through a proxy', async () => {
    await using server = await startRecorder();
    await using proxy = await startRecorder();

    const { stdout } = await runPreloaded(
      server.url,
      `try {
         require('node:http').request('${proxy.url}', { method: 'CONNECT', path: 'api.twilio.com:443' });
       } catch (error) { console.log(error.message) }`,
    );

    expect(stdout).toBe('A tunnel to api.twilio.com:443 would leave this machine\n');
    expect(proxy.requests).toEqual([]);
  });

  it('refuses requests when TUTTI_URL is no URL, and only those', async () => {
    await using other = await startRecorder();
    const text = `(async () => {
      const told = (error) => console.log(error.message);
      try { require('node:https').get('https://api.twilio.com') } catch (error) { told(error) }
      await fetch('https://api.twilio.com').catch(told);
      await require('twilio')().calls('CA1').fetch().catch(told);
      console.log((await fetch('${other.url}')).status);
    })()`;

    const outcome = await runPreloaded(undefined, text);

    const line = `TUTTI_URL must be the server's http or https URL, not ""\n`;
    expect(outcome).toEqual({ ...quiet, stdout: `${line.repeat(3)}200\n` });
  });
});

describe('the preload and an unknown build of twilio', () => {
  it('says so once, and still reaches the server', async () => {
    await using server = await startRecorder();
    await using folder = await makeFolder();
    await folder.write(
      'node_modules/twilio/package.json',
      '{"name":"twilio","main":"lib/main.js"}',
    );
    await folder.write(
      'node_modules/twilio/lib/main.js',
      `require('./other.js');
       exports.go = () => require('node:https').get('https://api.twilio.com/a', (r) => r.resume());`,
    );
    await folder.write('node_modules/twilio/lib/other.js', '');
    await folder.write('program.cjs', `require('twilio').go();`);

    const outcome = await runNode(folder.path, ['program.cjs'], {
      NODE_OPTIONS: `--require "${preload}"`,
      TUTTI_URL: server.url,
    });

    expect(outcome.stderr.match(/^tutti: this version of twilio/gm)).toHaveLength(1);
    expect(outcome.stderr).toContain('lib/base/Version.js is missing');
    expect(server.only().host).toBe('api.twilio.com');
  });

  it('says so once when its base class has no operations', async () => {
    await using folder = await makeFolder();
    await folder.write(
      'node_modules/twilio/package.json',
      '{"name":"twilio","main":"lib/main.js"}',
    );
    await folder.write(
      'node_modules/twilio/lib/main.js',
      `require('./base/Version.js'); require('./base/Page.js');`,
    );
    await folder.write('node_modules/twilio/lib/base/Version.js', 'module.exports = class {}');
    await folder.write('node_modules/twilio/lib/base/Page.js', 'module.exports = class {}');
    await folder.write('program.cjs', `require('twilio'); console.log('alive');`);

    const outcome = await runNode(folder.path, ['program.cjs'], {
      NODE_OPTIONS: `--require "${preload}"`,
    });

    expect(outcome.stdout).toBe('alive\n');
    expect(outcome.stderr.match(/^tutti: this version of twilio/gm)).toHaveLength(1);
    expect(outcome.stderr).toContain('base/Version.js has no create');
  });
});
