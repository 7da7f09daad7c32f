import type { Random } from '../../../../tests/_fuzz/random.ts';

const uris = [
  'sip:bob@127.0.0.1',
  'sips:+15551234567@example.com:5061;transport=tcp?X-Order=17&Subject=a',
  'sip:%41%00b:p%40ss@[2001:db8::1]:5060;lr;maddr=1.2.3.4',
  'tel:+1-555-123-4567;phone-context=example.com',
  'urn:service:sos',
  'sip:example.com;transport=udp',
  'sip:a;b=c?d@host',
];

/** URIs, well formed and just not. */
export function makeUri(random: Random): string {
  return random.pick(uris);
}

/** What From, To and Contact hold. */
export function makeNameAddr(random: Random): string {
  const uri = makeUri(random);
  const params = random
    .list(3, () =>
      random.pick([
        ';tag=a1',
        ';expires=60',
        ';q=0.7',
        ';x="a;\\"b,"',
        ';lr',
        ' ; +sip.instance="<urn>"',
      ]),
    )
    .join('');
  const name = random.pick([
    '',
    'Bob ',
    '"Bob \\"B\\" <x>, y" ',
    '"" ',
    "Bob's tel ",
    'J\u00fcrgen ',
  ]);
  return random.oneIn(3) ? uri + params : `${name}<${uri}>${params}`;
}

const sdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** Whole messages of every kind a stack meets. */
export function makeMessage(random: Random): string {
  const method = random.pick([
    'INVITE',
    'ACK',
    'BYE',
    'CANCEL',
    'OPTIONS',
    'REGISTER',
    'INFO',
    'PRACK',
    'NoTiFy',
  ]);
  const start = random.oneIn(4)
    ? `SIP/2.0 ${random.pick(['100 Trying', '180 Ringing', '200 OK', '401 Unauthorized', '699 ', '200'])}`
    : `${method} ${makeUri(random)} SIP/2.0`;
  const body = random.oneIn(3) ? sdp : '';
  const branch = random.pick(['z9hG4bK', 'z9hG4bK;rport', 'old;received=1.2.3.4;ttl=1']);
  const lines = [
    `${random.pick(['Via', 'v', 'VIA', 'via '])}: SIP/2.0/${random.pick(['UDP', 'TCP', 'tls'])} 127.0.0.1:5;branch=${branch}${random.below(1e9)}`,
    ...random.list(2, () => 'Via: SIP / 2.0 / UDP [::1] ;branch=z9hG4bKa, SIP/2.0/TCP b'),
    'Max-Forwards: 70',
    `${random.pick(['From', 'f'])}: ${makeNameAddr(random)}`,
    `${random.pick(['To', 't'])}: ${makeNameAddr(random)}`,
    `${random.pick(['Call-ID', 'i'])}: ${random.below(1e9)}@h`,
    `CSeq: ${random.pick(['1', '0009', '2147483647', '2147483648'])} ${method}`,
    ...random.list(4, () =>
      random.pick([
        `Contact: ${makeNameAddr(random)}`,
        'Contact: *',
        'Expires: 0',
        'Subject: folded\r\n  over\r\n\ttwo lines',
        'Route: <sip:a;lr>, <sip:b;lr>',
        'Record-Route: <sip:p1.example.com;lr>',
        'Require: 100rel, x',
        'Supported:',
        'X-Unknown: \u00e9\u{1f4a9}',
        'Authorization: Digest username="a", realm="b", nonce="c", uri="sip:d", response="e", nc=00000001, qop=auth, cnonce="f"',
        'WWW-Authenticate: Digest realm="a,b", nonce="c", algorithm=SHA-256, qop="auth,auth-int"',
        'Content-Type: multipart/mixed;boundary="b"',
        'c: application/sdp',
        'Timestamp: 54',
      ]),
    ),
    ...(random.oneIn(6)
      ? []
      : [`${random.pick(['Content-Length', 'l'])}: ${Buffer.byteLength(body)}`]),
  ];
  if (random.oneIn(4)) lines.splice(random.below(lines.length), 0, random.pick(lines));
  return `${start}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** What stands in messages, to be put where it does not belong. */
export const words = [
  'SIP/2.0',
  ' SIP/2.0\r\n',
  'INVITE sip:a@b SIP/2.0\r\n',
  'Via: SIP/2.0/UDP a;branch=z9hG4bK\r\n',
  'Content-Length: 4\r\n',
  'l: 999999999\r\n',
  ';tag=',
  ';branch=z9hG4bK',
  '<sip:',
  'sip:',
  '%00',
  '"a,b;c"',
];

// After RFC 4475 and what has broken other stacks.
export const nasty = [
  'OPTIONS sip:a@b SIP/2.0\r\n\r\n',
  '\r\n\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n',
  'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nv:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\r\n',
  "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\nVia: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\nTo: \"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\nFrom: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u0440\u0430\u0431\";tag=_token~1'+`*%!-.\r\nCall-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\nextensionHeader-!.%*+_`'~:\r\n\r\n",
  'REGISTER sip:null-%00-null@example.com SIP/2.0\r\nTo: <sip:null-%00-null@example.com>\r\nContact: <sip:%00>\r\nContact: <sip:%00%00>\r\n\r\n',
  'OPTIONS sip:user@example.com  SIP/2.0\r\nTo: sip:user@example.com\r\n\r\n',
  'INVITE <sip:user@example.com> SIP/2.0\r\nTo: sip:x\r\n\r\n',
  'SIP/2.0 4294967301 better not break the receiver\r\nCSeq: 8589934602 INVITE\r\n\r\n',
  'INVITE sip:a@b SIP/7.0\r\nVia: SIP/7.0/UDP c;branch=z9hG4bK\r\n\r\n',
  'INVITE sip:a@b SIP/2.0\r\nContent-Length: -999\r\n\r\nabc',
  'INVITE sip:a@b SIP/2.0\r\nContent-Length: 3\r\nl: 4\r\n\r\nabcd',
  '\u017fIP/2.0 200 OK\r\n\r\n',
  'SIP/2.0 200\r\n\r\n',
  'SIP/2.0 200 \r\n\tfolded: start\r\n\r\n',
  ' OPTIONS sip:a@b SIP/2.0\r\n\r\n',
  `OPTIONS sip:a@b SIP/2.0\r\nA: b${'\r\n c'.repeat(4000)}\r\n\r\n`,
  `OPTIONS sip:a@b SIP/2.0\r\n${'Via: a\r\n'.repeat(2000)}\r\n`,
  '__proto__ sip:a@b SIP/2.0\r\n__proto__: a\r\nconstructor: b\r\n\r\n',
];
