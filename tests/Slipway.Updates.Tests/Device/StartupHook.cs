using System.Runtime.InteropServices;
using Slipway.Updates.Device;

/// <summary>
/// Makes the test program its own child: started with the marker it updates a device and kills itself on the way. The runtime
/// looks for a class of this name outside any namespace.
/// </summary>
internal static class StartupHook
{
    public const string Marker = "SLIPWAY_TEST_DEVICE_CHILD";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Marker) is not { } arguments)
        {
            return;
        }
        var parts = arguments.Split('|');
        var left = int.Parse(parts[3]);
        var device = new Device(new DeviceOptions { Path = parts[0], ContentUrl = parts[1], CertificateFile = parts[2], Format = "30" })
        {
            BeforeEach = path =>
            {
                if (--left == 0)
                {
                    _ = Kill(Environment.ProcessId, 9);
                }
            },
        };
        device.UpdateAsync(null).GetAwaiter().GetResult();
        Environment.Exit(0);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
