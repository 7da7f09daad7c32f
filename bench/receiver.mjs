// A customer's web server. It answers each webhook after the given milliseconds, and prints when each message came.
import { createServer } from 'node:http';
import { parse } from 'node:querystring';

const delayMs = Number(process.argv[2]);
const lags = [];
const server = createServer((request, response) => {
  const cameAt = performance.timeOrigin + performance.now();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    if (request.url === '/lags') return void response.end(JSON.stringify(lags));
    lags.push(cameAt - Date.parse(String(parse(body).DateCreated)));
    setTimeout(() => response.end(), delayMs);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${server.address().port}` }));
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
