using System.Runtime.CompilerServices;

namespace Slipway.Sandbox.Tests;

/// <summary>This test program in another part: started with --sandbox-parent it runs one long build and waits to be killed.</summary>
internal static class SandboxParent
{
#pragma warning disable CA2255 // the entry point is generated, and this must come before it
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Play()
    {
        if (Environment.GetCommandLineArgs() is not [_, "--sandbox-parent", var layer, var directory])
            return;
        var spec = new SandboxSpec($"parent-{Environment.ProcessId}", directory, ["sh", "-c", "trap '' TERM HUP; setsid sleep 98762 & sleep 98762"])
        {
            Layers = [layer],
            Mounts = [new("/usr", "/usr")],
            AcceptWeakLimits = Environment.UserName != "root",
        };
        new BuildSandbox(SandboxAccount.Ensure()).RunAsync(spec, _ => { }).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
