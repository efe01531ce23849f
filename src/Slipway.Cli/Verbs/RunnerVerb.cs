using System.CommandLine;
using Slipway.Builds;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway runner`: builds for a service, with nothing of it but a key.</summary>
internal static class RunnerVerb
{
    private const string Architecture = "x86_64";
    private static readonly Option<string[]> Groups = new("--runner-group") { Description = "Runner groups to build for", HelpName = "GROUP", DefaultValueFactory = _ => ["harbor"] };
    private static readonly Option<int> Builds = new("--builds") { Description = "Builds at a time", DefaultValueFactory = _ => 2 };
    private static readonly Option<int> Memory = new("--free-memory") { Description = "MiB that must be available before a build begins", HelpName = "MIB", DefaultValueFactory = _ => 512 };
    private static readonly Option<int> Disk = new("--free-disk") { Description = "MiB that must be free in the data directory before a build begins", HelpName = "MIB", DefaultValueFactory = _ => 2048 };
    private static readonly Option<string?> Enrol = new("--enrol") { Description = "Token of `slipway runners enrol`, the first time", HelpName = "TOKEN" };

    public static Command Create()
    {
        var command = new Command("runner", "Build for a service: at --server with this machine's key, else for the service of the data directory") { Groups, Builds, Memory, Disk, Enrol };
        command.SetAction(RunAsync);
        return command.WithExamples("slipway runner --server https://slipway.example.org:8443 --enrol TOKEN --runner-group fedora", "slipway runner --runner-group harbor");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new SlipwayException("slipway runner", "only root can start builds as an account of their own", "run it as root") { Kind = FailureKind.Usage };
        var data = new DataDirectory(GlobalOptions.DataDirectory(parsed));
        data.Create();
        using var held = Roles.HoldLock(data, "runner");
        var url = parsed.GetValue(GlobalOptions.Server) ?? Environment.GetEnvironmentVariable("SLIPWAY_SERVER");
        using var http = ServiceClient.Connect(url, data);
        var key = new RunnerKeyFile(data, http);
        if (parsed.GetValue(Enrol) is { } token) await key.EnrolAsync(token, cancellation);
        var name = string.IsNullOrEmpty(url) ? "local" : await key.UseAsync(cancellation);
        var store = new ContentStore(data.Store);
        var apt = new HostApt(Path.Combine(data.Cache, "apt"), store, TimeProvider.System);
        var builder = new PackageBuilder(data, apt, store, SandboxAccount.Ensure());
        BuildSandbox.RequireLimits();
        var desk = new RemoteDesk(http, data, store, TimeProvider.System) { MustRotate = key.Rotate };
        using var web = new HttpClient { Timeout = TimeSpan.FromMinutes(30) };
        using var sources = new SourceFetch(store, apt, web, Path.Combine(data.Cache, "sources"));
        var options = new RunnerOptions
        {
            Name = name,
            Groups = [.. parsed.GetValue(Groups)!.Select(group => new ServedGroup(group, Architecture))],
            Parallel = parsed.GetValue(Builds),
            Room = new() { MemoryBytes = (long)parsed.GetValue(Memory) << 20, DiskBytes = (long)parsed.GetValue(Disk) << 20, Directory = data.Root },
        };
        Roles.Say("runner", $"{name} builds for {http.BaseAddress}, groups {string.Join(", ", parsed.GetValue(Groups)!)}");
        var loop = new RunnerLoop(options, desk, new AttemptRun(desk, data, store, sources, builder.BuildAsync, line => Roles.Say("runner", line)),
            builder.RemoveLeftoversAsync, data.Doorbell("runner"), TimeProvider.System, line => Roles.Say("runner", line));
        await Roles.QuietlyAsync(loop.RunAsync(cancellation));
        return ExitCodes.Done;
    }
}
