/** Where a value of a claim comes from: the first of these that has one. --help and the README quote these lines. */
export const claimPrecedence: readonly string[] = [
  'the option on the command line',
  'for the token: --claim-token-file, --claim-token-stdin, or the systemd credential netdata-claim-token',
  "$NETDATA_EXTRA_CLAIM_OPTS, with the options of the agent's own claiming script: -token=… -rooms=… -insecure",
  '$NETDATA_CLAIM_TOKEN, $NETDATA_CLAIM_ROOMS, $NETDATA_CLAIM_URL and $NETDATA_CLAIM_PROXY',
  "the agent's own files: token and rooms in cloud.d (claim.d of old agents; rooms only for the Cloud in cloud.conf), the URL in cloud.conf, the proxy in netdata.conf or cloud.conf",
  'what is usual: no rooms, https://app.netdata.cloud, the proxy of the environment',
];
