// An OpenID provider on a free loopback port: `node oidc_server.mjs ENTRY CLIENTS`, where ENTRY is oidc-provider's main file and
// CLIENTS a JSON list of its client metadata. Prints {"issuer": ...} once it listens; ends when its standard input does.
//
// Beside the provider's own endpoints:
//   GET /_peer/log          what was asked: [{"method", "path", "grant_type", "status"}]; "decided" is the status of what is held
//   POST /_peer/settings    {"ttl": {"AccessToken": 5}, "rotate": false, "delay": {"/token": 1}, "hold": {"/token": 1},
//                           "fail": {"/token": {"times": 1, "status": 500, "body": "..."}}}; delays come before work, holds after it
//   GET /api/me             a protected resource: whom the bearer token belongs to; 401 where it is not good
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(process.argv[2]));
const clients = JSON.parse(process.argv[3]);
const settings = { ttl: { AccessToken: 3600, RefreshToken: 86400, DeviceCode: 600 }, rotate: true, delay: {}, fail: {} };
let log = [];

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    scopes: [...new Set(clients.flatMap((client) => client.scope.split(' ')))],
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    pkce: { required: (ctx, client) => !client.clientId.startsWith('without-pkce') },
    rotateRefreshToken: () => settings.rotate,
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: Object.fromEntries(
      ['AccessToken', 'RefreshToken', 'DeviceCode', 'ClientCredentials'].map((kind) => [kind, () => settings.ttl[kind] ?? settings.ttl.AccessToken]),
    ),
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['a peer of tests, on loopback'] },
  });
  const answer = provider.callback();

  server.on('request', async (request, response) => {
    const path = new URL(request.url, issuer).pathname;
    if (path.startsWith('/_peer/')) return control(request, response, path);
    const body = await read(request);
    const entry = { method: request.method, path, grant_type: new URLSearchParams(body).get('grant_type') };
    log.push(entry);
    response.on('finish', () => { entry.status = response.statusCode; });
    const fail = settings.fail[path];
    if (fail && fail.times-- > 0) {
      response.writeHead(fail.status, { 'content-type': fail.type ?? 'text/html' });
      return response.end(fail.body ?? '<html>Sorry</html>');
    }
    if (settings.delay[path]) await new Promise((resolve) => { setTimeout(resolve, settings.delay[path] * 1000); });
    if (path === '/api/me') return me(provider, request, response);
    if (settings.hold?.[path]) hold(response, entry, settings.hold[path]);
    request.body = body; // the provider takes a body that was read already
    return answer(request, response);
  });
  console.log(JSON.stringify({ issuer }));
});

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

// What was decided, new tokens for one, arrives only `seconds` later.
function hold(response, entry, seconds) {
  const end = response.end.bind(response);
  response.end = (...what) => {
    entry.decided = response.statusCode;
    setTimeout(() => end(...what), seconds * 1000);
    return response;
  };
}

function json(response, status, value, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

async function control(request, response, path) {
  if (path === '/_peer/log') {
    json(response, 200, log);
    if (request.method === 'DELETE') log = [];
    return;
  }
  const { ttl, ...more } = JSON.parse(await read(request));
  Object.assign(settings.ttl, ttl ?? {});
  Object.assign(settings, more);
  json(response, 200, settings);
}

async function me(provider, request, response) {
  const value = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const token = value && (await provider.AccessToken.find(value) ?? await provider.ClientCredentials.find(value));
  if (!token) return json(response, 401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
  return json(response, 200, { sub: token.accountId ?? null, client_id: token.clientId, scope: token.scope ?? '' });
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
