import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  consul,
  etcd,
  examineProject,
  tellPeople,
  toJson,
  toSarif,
  type ConfigurationCentre,
  type ProjectReport,
} from '@tutti/doctor';
import { describe, expect, it } from 'vitest';
import { writeProject } from './_corpus.ts';
import { base64, describeWithEtcd, startEtcd } from './_etcd.ts';

const application = 'AP3f2a91c07be64d58a1c9e0b7d4526f8e';
const conductor = 'CN3f2a91c07be64d58a1c9e0b7d4526f8e';
const nowMs = Date.parse('2026-11-22T12:00:00Z');

/** Two environments: what is wrong in one is right in the other. */
const entries = {
  'shop/prod/CONDUCTOR_SID': application,
  'shop/prod/TWILIO_AUTH_TOKEN': '0123456789abcdef0123456789abcdef',
  'shop/test/CONDUCTOR_SID': conductor,
  'shop/test/application-sid': conductor,
  'shoq/CONDUCTOR_SID': application,
};

async function examine(centre: ConfigurationCentre, prefix?: string): Promise<ProjectReport> {
  using project = writeProject(new Map());
  const report = await examineProject(project.root, {
    nowMs,
    centres: [centre],
    ...(prefix !== undefined && { prefix }),
  });
  return { ...report, omissions: report.omissions.filter(({ part }) => part !== 'offline') };
}

const told = ({ findings }: ProjectReport): string[] =>
  findings.map(({ rule, subject }) => `${rule} ${subject}`);

describeWithEtcd('etcd', () => {
  it('gives the variables under a prefix, and where each wrong one stands', async () => {
    await using server = await startEtcd();
    await server.put(entries);

    const report = await examine(etcd(server.url), 'shop/');
    const all = await examine(etcd(server.url));
    const one = await examine(etcd(server.url), 'shop/test/C');

    expect(told(report)).toEqual([
      `env-wrong-kind etcd ${server.url} shop/prod/CONDUCTOR_SID`,
      `env-wrong-kind etcd ${server.url} shop/test/application-sid`,
    ]);
    expect(report).toMatchObject({ keys: 4, omissions: [] });
    expect(all.keys).toBe(5);
    expect(one).toMatchObject({ keys: 1, findings: [] });
  });

  it('is read to the end, page by page', async () => {
    await using server = await startEtcd();
    await server.put(entries);

    const read = await etcd(server.url, { pageSize: 2 }).read('');

    expect(read.map(({ key }) => key)).toEqual(Object.keys(entries));
  });

  it('is asked as a user where it wants one', async () => {
    await using server = await startEtcd();
    await server.put(entries);
    await server.post('auth/user/add', { name: 'root', password: 'secret' });
    await server.post('auth/role/add', { name: 'root' });
    await server.post('auth/user/grant', { user: 'root', role: 'root' });
    await server.post('auth/enable', {});

    const asUser = await examine(etcd(server.url, { user: 'root:secret' }), 'shop/');
    const inUrl = await examine(etcd(server.url.replace('//', '//root:secret@')), 'shop/');
    const wrong = await examine(etcd(server.url, { user: 'root:wrong' }), 'shop/');
    const nobody = await examine(etcd(server.url), 'shop/');

    expect([asUser.keys, inUrl.keys]).toEqual([4, 4]);
    expect(JSON.stringify(inUrl.findings)).not.toContain('secret');
    expect(wrong.omissions).toMatchObject([
      { part: 'centre', cannot: expect.stringContaining('authentication failed') },
    ]);
    expect(nobody.omissions).toMatchObject([
      { part: 'centre', cannot: expect.stringContaining('user name is empty') },
    ]);
  });

  it('without keys under the prefix is said to be so', async () => {
    await using server = await startEtcd();
    await server.post('kv/put', { key: base64('other'), value: base64('') });

    expect((await examine(etcd(server.url), 'shop/')).omissions).toEqual([
      { part: 'centre-empty', name: `etcd ${server.url}`, prefix: 'shop/' },
    ]);
  });
});

interface FakeConsul extends AsyncDisposable {
  readonly url: string;
  readonly asked: string[];
}

/** Answers as Consul's API documentation has it: kv#read-key. */
async function startConsul(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeConsul> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const consulKey = (Key: string, value: string | null): object => ({
  CreateIndex: 100,
  ModifyIndex: 200,
  LockIndex: 0,
  Key,
  Flags: 0,
  Value: value === null ? null : base64(value),
});

describe('Consul', () => {
  it('gives the variables under a prefix; folders and empty values are no findings', async () => {
    await using server = await startConsul((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify([
          consulKey('shop/', null),
          consulKey('shop/CONDUCTOR_SID', application),
          consulKey('shop/EMPTY_SID', null),
        ]),
      );
    });

    const report = await examine(consul(server.url), 'shop/a b/');

    expect(server.asked).toEqual(['GET /v1/kv/shop/a%20b/?recurse']);
    expect(told(report)).toEqual([`env-wrong-kind consul ${server.url} shop/CONDUCTOR_SID`]);
    expect(report.keys).toBe(2);
  });

  it('is asked with an ACL token where there is one, and its refusal is told', async () => {
    await using server = await startConsul((request, response) => {
      const isRight = request.headers['x-consul-token'] === 'right';
      response.statusCode = isRight ? 200 : 403;
      response.end(isRight ? '[]' : 'Permission denied: token lacks key:read');
    });

    const right = await examine(consul(server.url, { token: 'right' }));
    const wrong = await examine(consul(server.url, { token: 'wrong' }));

    expect(right.omissions).toMatchObject([{ part: 'centre-empty' }]);
    expect(wrong.omissions).toEqual([
      {
        part: 'centre',
        name: `consul ${server.url}`,
        cannot: 'it answers with 403: Permission denied: token lacks key:read',
      },
    ]);
  });

  it('has nothing under a prefix when it answers 404', async () => {
    await using server = await startConsul((_, response) => {
      response.statusCode = 404;
      response.end();
    });

    expect((await examine(consul(server.url), 'x/')).omissions).toMatchObject([
      { part: 'centre-empty', prefix: 'x/' },
    ]);
  });
});

describe('A configuration centre', () => {
  it('that cannot be reached, or answers something else, is told of', async () => {
    await using server = await startConsul((_, response) => response.end('<html>'));
    const nobody = 'http://127.0.0.1:1';

    for (const centre of [etcd(nobody), consul(nobody), etcd(server.url), consul(server.url)]) {
      const report = await examine(centre);

      expect(report.omissions).toMatchObject([{ part: 'centre', name: centre.name }]);
      expect(tellPeople(report, 'en')).toContain(`Could not look at ${centre.name}: `);
      expect(tellPeople(report, 'zh')).toContain(`无法检查 ${centre.name}：`);
    }
    expect(() => etcd('nowhere')).toThrow('nowhere is no URL');
    expect(() => consul('nowhere')).toThrow('nowhere is no URL');
  });

  it('is in every output by its key', async () => {
    const centre: ConfigurationCentre = {
      name: 'etcd http://etcd:2379',
      read: async () => [{ key: 'shop/CONDUCTOR_SID', value: application }],
    };
    const subject = 'etcd http://etcd:2379 shop/CONDUCTOR_SID';

    const report = await examine(centre);

    expect(tellPeople(report, 'en')).toContain(`${subject}\n`);
    expect(tellPeople(report, 'en')).toContain('Looked too at 1 key of configuration.');
    expect(tellPeople(report, 'zh')).toContain('还检查了 1 个配置键。');
    expect(toJson(report, 'en')).toMatchObject({ findings: [{ file: null, subject }], keys: 1 });
    expect(toSarif(report, 'en', '1')).toMatchObject({
      runs: [
        { results: [{ locations: [{ logicalLocations: [{ fullyQualifiedName: subject }] }] }] },
      ],
    });
  });
});
