#include "control-path.h"
#include "generation.h"
#include "text.h"
#include "unix-address.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An agent that says nothing for so long hangs. One that claims itself may have to ask the Cloud five times, and then waits for the link. */
#define SILENCE_MILLISECONDS (CLAIMS_ITSELF ? 120000 : 20000)

/* libuv, which real agents use, words errors its own way; scripts look for these. */
static const char *why_not(int error)
{
    return error == ENOENT ? "no such file or directory" : error == ECONNREFUSED ? "connection refused" : error == EACCES ? "permission denied" : strerror(error);
}

static int connect_to_agent(void)
{
    char *path = control_path(CONFIGURED_RUN);
    struct sockaddr_un address;
    int directory = -1, descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (unix_address(path, &address, &directory) == 0 && connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0) {
        free(path);
        return descriptor;
    }
    fprintf(stderr, "uv_pipe_connect(): %s\nMake sure the netdata service is running.\n", why_not(errno));
    exit(255);
}

static void receive(int descriptor, struct text *answer)
{
    struct pollfd wanted = {descriptor, POLLIN, 0};
    char buffer[4096];
    ssize_t length = 0;

    text_add(answer, "", 0);
    while (poll(&wanted, 1, SILENCE_MILLISECONDS) > 0 && (length = read(descriptor, buffer, sizeof(buffer))) > 0)
        text_add(answer, buffer, (size_t)length);
}

/* "X", the code in decimal, a NUL, and perhaps "O" or "E" with a text. */
static int show(const struct text *answer)
{
    const char *digits = answer->bytes + 1;
    size_t head = strlen(answer->bytes) + 1;
    const char *message = answer->bytes + head;
    int code;

    if (answer->bytes[0] != 'X' || !isdigit((unsigned char)*digits) || head > answer->length)
        return 255;
    code = (int)parse_number(digits, 0, 255, 255);
    if (head < answer->length && (*message == 'O' || *message == 'E'))
        fprintf(*message == 'O' ? stdout : stderr, "%.*s\n", (int)(answer->length - head - 1), message + 1);
    return code;
}

int main(int count, char *words[])
{
    struct text command = {0}, answer = {0};
    int descriptor, code;

    for (int i = 1; i < count; i++)
        text_format(&command, "%s ", words[i]);
    if (!command.length) {
        fprintf(stderr, "Use: netdatacli COMMAND. \"netdatacli help\" lists the commands.\n");
        return 255;
    }
    descriptor = connect_to_agent();
    if (send(descriptor, command.bytes, command.length, MSG_NOSIGNAL) != (ssize_t)command.length)
        perror("netdatacli");
    shutdown(descriptor, SHUT_WR);
    receive(descriptor, &answer);
    code = show(&answer);
    close(descriptor);
    text_free(&command);
    text_free(&answer);
    return code;
}
