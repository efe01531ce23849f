using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>Runs a command in a sandbox like that of a build, over a tree that borrows the machine's programs: what works is not told by any one file or setting.</summary>
public static class SandboxTrial
{
    private static readonly string[] Directories = ["usr", "proc", "dev", "tmp", "etc", "root", "build"], Links = ["bin", "lib", "lib64", "sbin"];

    /// <summary>Why builds cannot be isolated here, in words; null when they can.</summary>
    public static string? WhyNot(SandboxAccount account)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-trial-").FullName;
        var sandbox = new BuildSandbox(account);
        try
        {
            var layer = Path.Combine(directory, "layer");
            foreach (var name in Directories)
                Directory.CreateDirectory(Path.Combine(layer, name));
            foreach (var name in Links)
                File.CreateSymbolicLink(Path.Combine(layer, name), "usr/" + name);
            account.Give(layer);
            Directory.CreateDirectory(Path.Combine(directory, "run"));
            var log = new StringBuilder();
            var spec = new SandboxSpec("trial", Path.Combine(directory, "run"), ["true"])
            {
                Layers = [layer],
                Mounts = [new("/usr", "/usr")],
                Limits = new() { Wall = TimeSpan.FromSeconds(60), DiskReserveBytes = 0 },
                AcceptWeakLimits = true,
            };
            var result = sandbox.RunAsync(spec, bytes => log.Append(Encoding.UTF8.GetString(bytes.Span))).GetAwaiter().GetResult();
            return result.Succeeded ? null : $"{result.Ending}: {log.ToString().Trim()}";
        }
        catch (SlipwayException refused)
        {
            return refused.Message;
        }
        finally
        {
            sandbox.RemoveTreeAsync(directory).GetAwaiter().GetResult();
        }
    }
}
