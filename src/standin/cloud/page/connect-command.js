// @ts-check
// What has to be pasted where, to connect a node to this Cloud. The forms are those of Netdata's manual, with the CA of this Cloud.

/**
 * @typedef {'linux' | 'macos' | 'docker-run' | 'docker-compose' | 'kubernetes'} Platform
 *
 * @typedef {object} Connection
 * @property {Platform} platform
 * @property {string} token
 * @property {readonly string[]} rooms ids, none for all that is not in a room
 * @property {string} url of this Cloud
 * @property {string} caFile path of the Cloud's CA on the machine where the command is run
 * @property {string} [proxy] http://…, socks5://… or socks5h://…
 * @property {string} [kickstart] the command that starts kickstart there, or the address that its release is served from
 *
 * @typedef {object} Paste
 * @property {string} caption what to do with the text
 * @property {string} text
 */

/**
 * The texts to paste, in their order.
 * @param {Connection} connection
 * @returns {readonly Paste[]}
 */
export function connectCommand(connection) {
  return FORMS[connection.platform](connection);
}

/**
 * What somebody has to know before they paste it.
 * @param {Connection} connection
 * @returns {readonly string[]}
 */
export function connectNotes({ platform, url, caFile }) {
  const isLoopback = isLoopbackUrl(url);
  const isContainer = platform.startsWith('docker') || platform === 'kubernetes';
  return [
    ...(platform === 'macos' ? [MACOS_NOTE] : []),
    ...(isLoopback && platform.startsWith('docker') ? [DOCKER_LOOPBACK_NOTE] : []),
    ...(isLoopback && platform === 'kubernetes' ? [KUBERNETES_LOOPBACK_NOTE] : []),
    ...(isLoopback && !isContainer ? [LOOPBACK_NOTE] : []),
    ...(isContainer ? [CONTAINER_CA_NOTE, CONTAINER_UNTRIED_NOTE] : []),
    ...(isLoopback ? [] : [`The CA of this Cloud has to be in ${caFile} on the machine where you paste it.`]),
  ];
}

/**
 * The address that nodes are given: that by which this page was found, unless it was found on the Cloud's own machine.
 * @param {string} ownUrl as the Cloud knows itself
 * @param {string} pageOrigin
 */
export function urlForNodes(ownUrl, pageOrigin) {
  return isLoopbackUrl(pageOrigin) ? ownUrl : pageOrigin;
}

/** @type {Readonly<Record<Platform, (connection: Connection) => readonly Paste[]>>} */
const FORMS = {
  linux: (connection) => [{ caption: 'Run this on the machine, as root.', text: kickstartLine(connection, []) }],
  macos: (connection) => [{ caption: 'Run this on the Mac.', text: kickstartLine(connection, ['--install', '/usr/local/']) }],
  'docker-run': (connection) => [{ caption: 'Run this on the machine with Docker.', text: dockerRun(connection) }],
  'docker-compose': (connection) => [
    { caption: 'Save this as docker-compose.yml.', text: composeFile(connection) },
    { caption: 'Run this in the same directory.', text: 'docker compose up -d' },
  ],
  kubernetes: (connection) => [
    {
      caption: 'Give the cluster the CA of this Cloud.',
      text: `kubectl create configmap ${CA_NAME} --from-file=ca.pem=${shellWord(connection.caFile)}`,
    },
    { caption: 'Save this as override.yml.', text: helmValues(connection) },
    {
      caption: 'Run this where netdata is the name of Netdata’s chart repository.',
      text: 'helm upgrade --install netdata netdata/netdata --values override.yml',
    },
  ],
};

/**
 * @param {Connection} connection
 * @param {readonly string[]} first options before those of the claim
 */
function kickstartLine({ token, rooms, url, caFile, proxy = '', kickstart = '' }, first) {
  const options = [
    ...first,
    ...['--claim-token', token],
    ...(rooms.length === 0 ? [] : ['--claim-rooms', rooms.join(',')]),
    ...['--claim-url', url],
    ...(proxy === '' ? [] : ['--claim-proxy', proxy]),
    ...['--ca-file', caFile],
  ];
  return [startOf(kickstart.trim()), ...options.map(shellWord)].join(' ');
}

/** @param {string} kickstart */
function startOf(kickstart) {
  if (!/^https?:\/\//.test(kickstart)) return kickstart === '' ? 'kickstart' : kickstart;
  const script = kickstart.endsWith('.sh') ? kickstart : `${kickstart.replace(/\/+$/, '')}/kickstart.sh`;
  return `bash <(curl -Ss ${shellWord(script)})`;
}

/** @param {Connection} connection */
function dockerRun(connection) {
  return [
    'docker run -d --name=netdata',
    ...(isLoopbackUrl(connection.url) ? ['--network host'] : ['-p 19999:19999']),
    ...[...VOLUMES, caVolume(connection)].map((volume) => `-v ${shellWord(volume)}`),
    '--restart unless-stopped',
    '--cap-add SYS_PTRACE',
    '--security-opt apparmor=unconfined',
    ...containerVariables(connection).map((variable) => `-e ${shellWord(variable)}`),
    'netdata/netdata',
  ].join(' \\\n  ');
}

/** @param {Connection} connection */
function composeFile(connection) {
  return [
    'services:',
    '  netdata:',
    '    image: netdata/netdata',
    '    container_name: netdata',
    ...(isLoopbackUrl(connection.url) ? ['    network_mode: host'] : ['    ports:', '      - 19999:19999']),
    '    restart: unless-stopped',
    '    cap_add:',
    '      - SYS_PTRACE',
    '    security_opt:',
    '      - apparmor:unconfined',
    '    volumes:',
    ...[...VOLUMES, caVolume(connection)].map((volume) => `      - ${composeText(volume)}`),
    '    environment:',
    ...containerVariables(connection).map((variable) => `      - ${composeText(variable)}`),
    '',
    'volumes:',
    '  netdataconfig:',
    '  netdatalib:',
    '  netdatacache:',
    '',
  ].join('\n');
}

/** @param {Connection} connection */
function helmValues(connection) {
  return ['parent', 'child'].map((role) => `${role}:\n${helmRole(connection)}`).join('');
}

/** @param {Connection} connection */
function helmRole({ token, rooms, url, proxy = '' }) {
  return [
    '  claiming:',
    '    enabled: true',
    `    token: ${yamlText(token)}`,
    ...(rooms.length === 0 ? [] : [`    rooms: ${yamlText(rooms.join(','))}`]),
    `    url: ${yamlText(url)}`,
    '  env:',
    `    SSL_CERT_FILE: ${CONTAINER_CA}`,
    ...(proxy === '' ? [] : [`    NETDATA_CLAIM_PROXY: ${yamlText(proxy)}`]),
    '  extraVolumes:',
    `    - name: ${CA_NAME}`,
    '      configMap:',
    `        name: ${CA_NAME}`,
    '  extraVolumeMounts:',
    `    - name: ${CA_NAME}`,
    `      mountPath: ${CONTAINER_CA}`,
    '      subPath: ca.pem',
    '      readOnly: true',
    '',
  ].join('\n');
}

/** @param {Connection} connection */
function containerVariables({ token, rooms, url, proxy = '' }) {
  return [
    `NETDATA_CLAIM_TOKEN=${token}`,
    `NETDATA_CLAIM_URL=${url}`,
    ...(rooms.length === 0 ? [] : [`NETDATA_CLAIM_ROOMS=${rooms.join(',')}`]),
    ...(proxy === '' ? [] : [`NETDATA_CLAIM_PROXY=${proxy}`]),
    `SSL_CERT_FILE=${CONTAINER_CA}`,
  ];
}

/** @param {Connection} connection */
function caVolume({ caFile }) {
  return `${caFile}:${CONTAINER_CA}:ro`;
}

/** One word for a shell, whatever is in it. @param {string} text */
function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON's texts are YAML's, too. What a word looks like that YAML takes for a number or true is quoted. @param {string} text */
function yamlText(text) {
  return /^[a-z][a-z\d]*:\/\/[\w.:/-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Compose puts variables of its own in the place of $NAME. @param {string} text */
function composeText(text) {
  return /^[\w=:,./-]+$/.test(text) ? text : JSON.stringify(text.replaceAll('$', '$$$$'));
}

/** @param {string} url */
function isLoopbackUrl(url) {
  return /^https:\/\/((127\.\d+\.\d+\.\d+|localhost)[:/]|\[::1\])/.test(`${url}/`);
}

const VOLUMES = [
  'netdataconfig:/etc/netdata',
  'netdatalib:/var/lib/netdata',
  'netdatacache:/var/cache/netdata',
  '/etc/passwd:/host/etc/passwd:ro',
  '/etc/group:/host/etc/group:ro',
  '/proc:/host/proc:ro',
  '/sys:/host/sys:ro',
  '/etc/os-release:/host/etc/os-release:ro',
];
// Where curl and the agent's own claim look in Debian's image; the link looks there because of SSL_CERT_FILE (spec/claiming-and-link.md 6).
const CONTAINER_CA = '/etc/ssl/certs/ca-certificates.crt';
const CA_NAME = 'kickstart-cloud-ca';

const MACOS_NOTE =
  'This is the form of Netdata’s manual. kickstart of this version installs on Linux only, so it was not tried on a Mac.';
const LOOPBACK_NOTE =
  'This Cloud listens on this machine only, so the node has to be this machine. For others, start it with --listen ADDRESS:PORT.';
const DOCKER_LOOPBACK_NOTE =
  'This Cloud listens on this machine only, so the container shares its network. With --listen ADDRESS:PORT it has one of its own.';
const KUBERNETES_LOOPBACK_NOTE =
  'This Cloud listens on this machine only: a pod cannot reach it. Start it with --listen ADDRESS:PORT, then come back for another command.';
const CONTAINER_CA_NOTE = 'The container trusts the CA of this Cloud in the place of all others. Use it for rehearsals only.';
const CONTAINER_UNTRIED_NOTE = 'It was not tried with a real container: none can be had where kickstart is tested.';
