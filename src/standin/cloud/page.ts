/** What a person sees who opens the server's address. */
export const page = `This is a stand-in for Netdata Cloud, made for rehearsals and tests of kickstart.

It is not Netdata Cloud, and is not run by Netdata. Agents can be claimed to it and keep their link to it;
it stores no metrics, shows no dashboards and sends no alerts. Its certificate is signed by a CA of its own.

For agents:    PUT /api/v1/spaces/nodes/{id}, GET /api/v1/env, MQTT over WebSocket at /mqtt.
For operators: /standin/v1/nodes and /standin/v1/spaces, with the token from the file admin-token in the data directory.
`;
