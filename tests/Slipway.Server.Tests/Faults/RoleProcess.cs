using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Builds;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Releases;
using Slipway.Server.Devices;
using Slipway.State;

namespace Slipway.Server.Tests.Faults;

/// <summary>One role of a service in a process of its own, to be killed: this test program, told so by its environment.</summary>
internal static class RoleProcess
{
    private const string Variable = "SLIPWAY_ROLE_CHILD";

    /// <summary>What the processes said, for when a test fails.</summary>
    public static ConcurrentQueue<string> Said { get; } = new();

    /// <param name="role">fetch, server, collect or runner.</param>
    /// <param name="data">The service's data directory; the runner's own for a runner.</param>
    /// <param name="more">The server's port, and the key of a runner.</param>
    public static Process Start(string role, string data, params string[] more)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(RoleProcess).Assembly.Location);
        // The test platform has nothing to do meanwhile.
        start.ArgumentList.Add("--help");
        start.Environment[Variable] = string.Join('|', [role, data, .. more]);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Said.Enqueue($"{role}: {line.Data}");
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, line) => Said.Enqueue($"{role}: {line.Data}");
        process.BeginErrorReadLine();
        return process;
    }

    [ModuleInitializer]
    internal static void WorkWhenToldSo()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('|') is not [var role, var directory, .. var more]) return;
        // The test platform ends its process some seconds after it has printed its help, whoever else still works in it.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Thread.Sleep(Timeout.Infinite);
        // Not in the initializer itself: until that is over, other threads wait for it as soon as they touch this program.
        new Thread(() => Work(role, new DataDirectory(directory), more)).Start();
    }

    private static void Work(string role, DataDirectory data, string[] more)
    {
        // Ends by itself should nobody kill it.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(30));
        data.Create();
        (role == "runner" ? BuildAsync(data, more[0], more[1], limit.Token) : ServeAsync(role, data, more, limit.Token)).GetAwaiter().GetResult();
        Process.GetCurrentProcess().Kill();
    }

    private static async Task ServeAsync(string role, DataDirectory data, string[] more, CancellationToken end)
    {
        var clock = new JumpingClock(data.Root);
        using var database = Open(data, clock);
        using var broker = new EmbeddedBroker(data.BrokerDb, clock);
        using var http = new HttpClient();
        var store = new ContentStore(data.Store);
        var signer = new SignerClient(data.SignerSocket) { Patience = TimeSpan.FromSeconds(60) };
        var repositories = new RepositoryStore(data, database, store, signer, clock);
        using var roles = new BuildRoles(new BuildRoleParts
        {
            Data = data,
            Database = database,
            Store = store,
            Broker = broker,
            Repositories = repositories,
            Sources = [SourceRepository.Open("source", Path.Combine(data.Git, "source.git"), data.Doorbell("sources").File)],
            Build = (_, _, _) => throw new InvalidOperationException("the service itself builds nothing"),
            BaseBuild = (_, _, _, _) => Task.FromResult<IReadOnlyList<string>>([]),
            Runner = new RunnerOptions { Groups = [] },
            Say = Console.WriteLine,
        });
        if (role == "collect") repositories.Recover();
        if (role != "server")
        {
            await roles.RunAsync(role == "fetch" ? ServiceRoles.Fetch : ServiceRoles.Collect, end);
            return;
        }
        var options = new ServerOptions { Port = int.Parse(more[0], CultureInfo.InvariantCulture) };
        await using var server = await SlipwayServer.StartAsync(options, TestSite.MakeParts(data, database, store, signer, repositories, roles, http, clock), end);
        await roles.RunAsync(ServiceRoles.Server, end);
    }

    public static Database Open(DataDirectory data, TimeProvider clock) =>
        Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All, .. BuildsMigrations.All, .. ReleasesMigrations.All, .. ServerMigrations.All], clock);

    private static async Task BuildAsync(DataDirectory data, string port, string key, CancellationToken end)
    {
        var store = new ContentStore(data.Store);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var sources = new SourceFetch(store, null, http, Path.Combine(data.Cache, "sources"));
        var desk = new RemoteDesk(http, data, store, TimeProvider.System);
        var options = new RunnerOptions
        {
            Name = "far",
            Groups = [new("demo", "x86_64")],
            Heartbeat = TimeSpan.FromMilliseconds(100),
            Room = new() { DiskBytes = 1 << 20, Directory = data.Root },
        };
        var loop = new RunnerLoop(options, desk, new AttemptRun(desk, data, store, sources, BuildAsync, Console.WriteLine), _ => Task.CompletedTask, data.Doorbell("runner"), TimeProvider.System, Console.WriteLine);
        await loop.RunAsync(end);
    }

    // Quick, but a real deb; a package with a file `broken` fails.
    private static async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        log(Encoding.UTF8.GetBytes($"building {inputs.PackageName}\n"));
        await Task.Delay(50, cancellation);
        if (File.Exists(Path.Combine(inputs.SourceDirectory, "broken"))) return Outcome(false, "the recipe is broken", []);
        var tree = Path.Combine(inputs.WorkDirectory, "tree");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        await File.WriteAllTextAsync(Path.Combine(tree, "DEBIAN/control"),
            $"Package: {inputs.PackageName}\nVersion: 1.{inputs.BuildId}\nArchitecture: all\nMaintainer: A <a@b.example>\nDescription: a package\n", cancellation);
        var file = Path.Combine(inputs.WorkDirectory, $"{inputs.PackageName}_1.{inputs.BuildId}_all.deb");
        Tool.Run("dpkg-deb", "--build", tree, file);
        return Outcome(true, null, [file]);
    }

    private static BuildOutcome Outcome(bool succeeded, string? cause, IReadOnlyList<string> files) =>
        new(succeeded, cause, Infrastructure: false, files, "{}", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 5_000_000, "cgroup v2");
}

/// <summary>A wall clock that somebody sets: by a file, by so many seconds. Its stop watch goes on as it does.</summary>
internal sealed class JumpingClock(string directory) : TimeProvider
{
    public static void Jump(string directory, int seconds) => AtomicFile.WriteText(Path.Combine(directory, "clock"), seconds.ToString(CultureInfo.InvariantCulture));

    public override DateTimeOffset GetUtcNow()
    {
        var file = Path.Combine(directory, "clock");
        return System.GetUtcNow() + TimeSpan.FromSeconds(File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : 0);
    }
}
