/* Stands for a collector that a real agent starts: apps.plugin, perf.plugin and the like. It has nothing to say, and works wherever it can be started. */
int main(void)
{
    return 0;
}
