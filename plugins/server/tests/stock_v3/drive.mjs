// Uses the published @composio/core as its documentation does, against COMPOSIO_BASE_URL.
// Prints a line for each call that was made; the first that fails ends it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Composio, AuthScheme } = await import(
  pathToFileURL(`${process.cwd()}/node_modules/@composio/core/dist/index.mjs`)
);
const { default: Client } = await load("@composio/client");

const baseURL = process.env.COMPOSIO_BASE_URL;
const apiKey = process.env.COMPOSIO_API_KEY;
const composio = new Composio({ apiKey, baseURL, allowTracking: false });
const raw = new Client({ apiKey, baseURL, maxRetries: 0 });

function done(what, holds = true) {
  assert.ok(holds, what);
  process.stdout.write(`${what}\n`);
}

async function refused(what, call, fits = () => true) {
  let error;
  try {
    await call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, `${what}: nothing was thrown`);
  assert.ok(fits(error), `${what}: ${error.name}: ${error.message}`);
  process.stdout.write(`${what}\n`);
}

// Toolkits
const toolkits = await composio.toolkits.get({ limit: 1000 });
done("toolkits.get", toolkits.some((one) => one.slug === "acme"));
done("toolkits.get(slug)", (await composio.toolkits.get("keyed")).slug === "keyed");
done("toolkits.listCategories", await composio.toolkits.listCategories());
const fields = await composio.toolkits.getConnectedAccountInitiationFields("keyed", "API_KEY", { requiredOnly: true });
done("toolkits.getConnectedAccountInitiationFields", fields.map((one) => one.name).join() === "api_key");
done("toolkits.getAuthConfigCreationFields", await composio.toolkits.getAuthConfigCreationFields("acme", "OAUTH2"));
const authorized = await composio.toolkits.authorize("zoe", "acme");
done("toolkits.authorize", authorized.redirectUrl.includes("/"));
await refused("toolkits.get of what is unknown", () => composio.toolkits.get("nothing"));

// Auth configs
const config = await composio.authConfigs.create("keyed", {
  type: "use_custom_auth",
  authScheme: "API_KEY",
  name: "ours",
  credentials: {},
});
done("authConfigs.create", config.authScheme === "API_KEY");
done("authConfigs.get", (await composio.authConfigs.get(config.id)).name === "ours");
done("authConfigs.list", (await composio.authConfigs.list({ toolkit: "keyed" })).items[0].id === config.id);
await composio.authConfigs.update(config.id, {
  type: "custom",
  toolAccessConfig: { toolsAvailableForExecution: [] },
});
done("authConfigs.update");
await composio.authConfigs.disable(config.id);
done("authConfigs.disable", (await composio.authConfigs.get(config.id)).status === "DISABLED");
await composio.authConfigs.enable(config.id);
done("authConfigs.enable", (await composio.authConfigs.get(config.id)).status === "ENABLED");
const spare = await composio.authConfigs.create("keyed", {
  type: "use_custom_auth",
  authScheme: "API_KEY",
  credentials: {},
});
await composio.authConfigs.delete(spare.id);
await refused("authConfigs.delete", () => composio.authConfigs.get(spare.id));

// Connected accounts
const request = await composio.connectedAccounts.initiate("ada", config.id, {
  config: AuthScheme.APIKey({ api_key: "k-secret-1" }),
});
done("connectedAccounts.initiate", request.status === "ACTIVE");
done("waitForConnection", (await request.waitForConnection(5000)).id === request.id);
const account = await composio.connectedAccounts.get(request.id);
done("connectedAccounts.get", account.status === "ACTIVE" && account.toolkit.slug === "keyed");
const listed = await composio.connectedAccounts.list({
  userIds: ["ada"],
  statuses: ["ACTIVE"],
  toolkitSlugs: ["keyed", "acme"],
});
done("connectedAccounts.list", listed.items.map((one) => one.id).join() === request.id);
await composio.connectedAccounts.disable(request.id);
done("connectedAccounts.disable", (await composio.connectedAccounts.get(request.id)).status === "INACTIVE");
await composio.connectedAccounts.enable(request.id);
done("connectedAccounts.enable", (await composio.connectedAccounts.get(request.id)).status === "ACTIVE");
await composio.connectedAccounts.updateStatus(request.id, { enabled: true });
done("connectedAccounts.updateStatus");
await refused(
  "connectedAccounts.link of who is connected",
  () => composio.connectedAccounts.link("ada", config.id),
  (error) => /multiple/i.test(`${error.name} ${error.message}`),
);
const linked = await composio.connectedAccounts.link("eve", config.id, { callbackUrl: "https://app.example/done" });
done("connectedAccounts.link", linked.redirectUrl.startsWith(`${baseURL}/link/`));
done("connectedAccounts.delete", (await composio.connectedAccounts.delete(linked.id)).success);
await refused("connectedAccounts.get of what is gone", () => composio.connectedAccounts.get(linked.id));

// Tools
const tools = await composio.tools.get("ada", { toolkits: ["keyed"] });
done("tools.get(toolkits)", tools.map((one) => one.function.name).sort().join() === "KEYED_GET_ME,KEYED_LIST_THINGS");
done("tools.get(slug)", (await composio.tools.get("ada", "KEYED_GET_ME")).length === 1);
done("tools.get(tools)", (await composio.tools.get("ada", { tools: ["KEYED_GET_ME", "ACME_GET_ME"] })).length === 2);
done("tools.get(search)", (await composio.tools.get("ada", { search: "list things", toolkits: ["keyed"], limit: 1 })).length);
done("tools.getRawComposioToolBySlug", (await composio.tools.getRawComposioToolBySlug("KEYED_GET_ME")).slug);
await refused("a tool that is unknown", () => composio.tools.getRawComposioToolBySlug("KEYED_NO_TOOL"));
const skip = { dangerouslySkipVersionCheck: true };
let ran = await composio.tools.execute("KEYED_GET_ME", { userId: "ada", arguments: {}, ...skip });
done("tools.execute", ran.successful && ran.data.who === "k-secret-1");
ran = await composio.tools.execute("KEYED_GET_ME", {
  userId: "ada",
  connectedAccountId: request.id,
  arguments: {},
  ...skip,
});
done("tools.execute(connectedAccountId)", ran.successful);
ran = await composio.tools.execute("KEYED_GET_ME", {
  userId: "nobody",
  arguments: {},
  customAuthParams: { parameters: [{ name: "X-Api-Key", value: "k-own", in: "header" }] },
  ...skip,
});
done("tools.execute(customAuthParams)", ran.data.who === "k-own");
ran = await composio.tools.execute("KEYED_GET_ME", {
  userId: "nobody",
  arguments: {},
  customConnectionData: { authScheme: "API_KEY", toolkitSlug: "keyed", val: { generic_api_key: "k-handed" } },
  ...skip,
});
done("tools.execute(customConnectionData)", ran.data.who === "k-handed");
await refused("tools.execute of who is not connected", () =>
  composio.tools.execute("KEYED_GET_ME", { userId: "nobody", arguments: {}, ...skip }),
);
const proxied = await composio.tools.proxyExecute({
  endpoint: "/me",
  method: "GET",
  connectedAccountId: request.id,
  parameters: [{ name: "page", in: "query", value: "1" }],
});
done("tools.proxyExecute", proxied.status === 200 && proxied.data.who === "k-secret-1");
done("tools.getToolsEnum", JSON.stringify(await composio.tools.getToolsEnum()).includes("KEYED_GET_ME"));

// The provider's own loop
const results = await composio.provider.handleToolCalls("ada", {
  id: "r-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c-1", type: "function", function: { name: "KEYED_GET_ME", arguments: "{}" } }],
      },
    },
  ],
});
done("provider.handleToolCalls", JSON.stringify(results).includes("k-secret-1"));

// Sessions
const session = await composio.create("ada", { toolkits: ["keyed", "acme"], authConfigs: { keyed: config.id } });
done("create", session.sessionId);
const own = await session.tools();
done("session.tools", own.some((one) => one.function.name === "COMPOSIO_SEARCH_TOOLS"));
const states = await session.toolkits();
done("session.toolkits", states.items.find((one) => one.slug === "keyed").connection.isActive);
const found = await session.search({ query: "get me with keyed" });
done("session.search", JSON.stringify(found).includes("KEYED_GET_ME"));
ran = await session.execute("KEYED_GET_ME", {});
done("session.execute", JSON.stringify(ran).includes("k-secret-1"));
const begun = await session.authorize("acme", { callbackUrl: "https://app.example/done" });
done("session.authorize", begun.redirectUrl.startsWith(`${baseURL}/link/`));
done("use", (await composio.use(session.sessionId)).sessionId === session.sessionId);

// The rest
done("triggers.listTypes", (await composio.triggers.listTypes()).items.length > 0);
done("triggers.listActive", (await composio.triggers.listActive()).items.length === 0);
done("mcp.list", (await composio.mcp.list({})).items.length === 0);
await refused(
  "tools.getInput says that it is not offered",
  () => composio.tools.getInput("KEYED_GET_ME", { text: "who am I" }),
  (error) => /model/.test(JSON.stringify([error.message, error.cause?.message])),
);
await refused("a key that is unknown", () =>
  new Client({ apiKey: `ck_0000000000000000_${"a".repeat(43)}`, baseURL, maxRetries: 0 }).toolkits.list(),
);
done("client: toolkits", (await raw.toolkits.list()).items.length);
done("all");
