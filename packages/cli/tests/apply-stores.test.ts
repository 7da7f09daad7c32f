import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeProject } from './_apply.ts';
import { makeDirectory, shareTutti } from './_tutti.ts';

const shared = shareTutti();

const isInstalled = spawnSync('etcd', ['--version']).error === undefined;
if (process.env['TUTTI_REQUIRE_ALL'] === '1' && !isInstalled) {
  throw new Error('etcd is not installed: apt-get install etcd-server');
}
const itWithEtcd = isInstalled ? it : it.skip;

function fileWith(project: string, more: string, applications = '{ desk: {} }'): string {
  return `project: ${project}\n${more}\napplications: ${applications}\n`;
}

describe('tutti apply writes SIDs into an env file', () => {
  it('that has lines of its own, which stay, with their order and permissions', async () => {
    const { apply, directory, name } = await makeProject(shared());
    const env = join(directory, 'my.env');
    await writeFile(env, 'A=1\n# a comment\nexport B="two"\n', { mode: 0o600 });

    const made = await apply(fileWith(name, 'env: my.env'), '--yes');
    await writeFile(env, `${await readFile(env, 'utf8')}C=3\n`);
    const more = await apply(fileWith(name, 'env: my.env', '{ desk: {}, shop: {} }'), '--yes');

    expect([made.code, more.code]).toEqual([0, 0]);
    expect(await readFile(env, 'utf8')).toMatch(
      /^A=1\n# a comment\nexport B="two"\n# tutti apply .*\nDESK_APPLICATION_SID=AP\w{32}\nSHOP_APPLICATION_SID=AP\w{32}\n# tutti apply .*: end\nC=3\n$/,
    );
  });

  it('and says that one of them was changed by hand', async () => {
    const { apply, directory, name } = await makeProject(shared());
    const file = fileWith(name, 'env: my.env');
    await apply(file, '--yes');
    const env = join(directory, 'my.env');
    await writeFile(env, (await readFile(env, 'utf8')).replace(/AP\w{32}/, 'AP0'));

    const check = await apply(file, '--check');
    const mended = await apply(file, '--yes');

    expect(check.code).toBe(1);
    expect(check.stdout).toContain('~ my.env\n    to write: DESK_APPLICATION_SID\n');
    expect(mended.code).toBe(0);
    expect(await readFile(env, 'utf8')).toMatch(/DESK_APPLICATION_SID=AP\w{32}\n/);
  });

  it('and refuses to write a name that stands there already', async () => {
    const { apply, directory, name } = await makeProject(shared());
    await writeFile(join(directory, 'my.env'), 'A=1\nDESK_APPLICATION_SID=AP1\n');

    const ended = await apply(fileWith(name, 'env: my.env'), '--yes');

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('my.env:2: DESK_APPLICATION_SID stands outside of what apply');
    expect(await readFile(join(directory, 'my.env'), 'utf8')).toBe(
      'A=1\nDESK_APPLICATION_SID=AP1\n',
    );
  });
});

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A real etcd, and what it is asked by HTTP. */
async function startEtcd() {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const etcd = spawn(
    'etcd',
    [
      `--data-dir=${await makeDirectory()}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    if (etcd.exitCode !== null) return;
    etcd.kill('SIGKILL');
    await once(etcd, 'exit');
  });
  const ask = async (path: string, body: object): Promise<Record<string, never>> => {
    const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    return answer.json() as Promise<Record<string, never>>;
  };
  const isUp = (): Promise<boolean> =>
    ask('/v3/maintenance/status', {}).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (etcd.exitCode !== null) throw new Error(`etcd ended with ${etcd.exitCode}`);
    await sleep(50);
  }
  return { url, ask };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('tutti apply writes SIDs into etcd', () => {
  itWithEtcd('under names that carry their kind, and removes with --prune its own', async () => {
    const { url, ask } = await startEtcd();
    const { apply, name } = await makeProject(shared());
    const store = `etcd: { url: '${url}', prefix: config/${name}/ }`;
    const read = async (key: string): Promise<string | undefined> => {
      const { kvs = [] } = (await ask('/v3/kv/range', { key: base64(key) })) as {
        kvs?: { value: string }[];
      };
      return kvs[0] && Buffer.from(kvs[0].value, 'base64').toString();
    };
    await ask('/v3/kv/put', { key: base64('config/other'), value: base64('kept') });

    const made = await apply(fileWith(name, store, '{ desk: {}, shop: {} }'), '--yes');
    const again = await apply(fileWith(name, store, '{ desk: {}, shop: {} }'), '--check');
    const shop = await read(`config/${name}/SHOP_APPLICATION_SID`);
    const pruned = await apply(fileWith(name, store), '--yes', '--prune');

    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(again.code).toBe(0);
    expect(shop).toMatch(/^AP\w{32}$/);
    expect(pruned.code).toBe(0);
    expect(await read(`config/${name}/SHOP_APPLICATION_SID`)).toBeUndefined();
    expect(await read(`config/${name}/DESK_APPLICATION_SID`)).toMatch(/^AP\w{32}$/);
    expect(await read('config/other')).toBe('kept');
  });

  itWithEtcd('as a user with a password, and is told what is wrong with them', async () => {
    const { url, ask } = await startEtcd();
    const { apply, name } = await makeProject(shared());
    await ask('/v3/auth/user/add', { name: 'root', password: 'secret-1' });
    await ask('/v3/auth/role/add', { name: 'root' });
    await ask('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await ask('/v3/auth/enable', {});
    const store = (password: string): string =>
      `etcd: { url: '${url}', user: root, password: ${password} }`;

    const wrong = await apply(fileWith(name, store('secret-2')), '--check');
    const right = await apply(fileWith(name, store('secret-1')), '--yes');

    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`etcd at ${url} refused with HTTP 400: `);
    expect(wrong.stderr).not.toContain('secret');
    expect(right).toMatchObject({ code: 0, stderr: '' });
    expect(right.stdout).not.toContain('secret');
  });
});

/**
 * Consul's key/value store as its API is documented: PUT, DELETE, GET with `recurse`, values in base64, 404 for
 * nothing, 403 without a right token. Source: developer.hashicorp.com/consul/api-docs/kv
 */
async function openConsul(token: string) {
  const values = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://consul');
    const key = decodeURIComponent(pathname.replace(/^\/v1\/kv\//, ''));
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      if (request.headers['x-consul-token'] !== token) {
        response.writeHead(403).end('Permission denied: token with AccessorID lacks permission');
      } else if (request.method === 'PUT') {
        values.set(key, body);
        response.end('true');
      } else if (request.method === 'DELETE') {
        values.delete(key);
        response.end('true');
      } else {
        const found = [...values].filter(([name]) =>
          searchParams.has('recurse') ? name.startsWith(key) : name === key,
        );
        response.statusCode = found.length > 0 ? 200 : 404;
        const items = found.map(([Key, value]) => ({ Key, Flags: 0, Value: base64(value) }));
        response.end(found.length > 0 ? JSON.stringify(items) : '');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, values };
}

describe('tutti apply writes SIDs into Consul', () => {
  it('under names that carry their kind, and removes with --prune its own', async () => {
    const { url, values } = await openConsul('token-1');
    const { apply, name } = await makeProject(shared());
    const store = `consul: { url: '${url}', token: token-1 }`;
    values.set(`tutti/${name}x/DESK_APPLICATION_SID`, 'of another');

    const made = await apply(fileWith(name, store, '{ desk: {}, shop: {} }'), '--yes');
    const again = await apply(fileWith(name, store, '{ desk: {}, shop: {} }'), '--check');
    const pruned = await apply(fileWith(name, store), '--yes', '--prune');

    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).not.toContain('token-1');
    expect(again.code).toBe(0);
    expect(pruned.stdout).toContain('    to remove: SHOP_APPLICATION_SID\n');
    expect(Object.fromEntries(values)).toEqual({
      [`tutti/${name}x/DESK_APPLICATION_SID`]: 'of another',
      [`tutti/${name}/DESK_APPLICATION_SID`]: expect.stringMatching(/^AP\w{32}$/),
    });
  });

  it('and makes nothing when it refuses or is not there', async () => {
    const { url, values } = await openConsul('token-1');
    const { client } = shared();
    const { apply, name } = await makeProject(shared());

    const refused = await apply(fileWith(name, `consul: { url: '${url}', token: x }`), '--yes');
    const absent = await apply(fileWith(name, "consul: { url: 'http://127.0.0.1:9' }"), '--yes');

    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`Consul at ${url} refused with HTTP 403: Permission denied`);
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain('Consul at http://127.0.0.1:9 does not answer');
    expect(values.size).toBe(0);
    expect(await client.applications.list({ friendlyName: `${name}/desk` })).toEqual([]);
  });
});
