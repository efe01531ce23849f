using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Packages.Tests;

/// <summary>
/// Tests that kill a process need one. Started with SLIPWAY_TEST_ROLE this executable is such a process, before any test framework begins.
/// A role is a module's initializer: what other threads call of this assembly waits until it ends, which is for ever.
/// </summary>
internal static partial class ChildRoles
{
    public static Child Start(string role, string data, params string[] arguments) => Start(role, data, null, arguments);

    /// <param name="ready">Called when the process says that it begins its work.</param>
    public static Child Start(string role, string data, Action? ready, string[] arguments) => ChildProcess.Start(
        new ChildCommand(Environment.ProcessPath!)
        {
            DieWithParent = true,
            Environment = new Dictionary<string, string>(
                Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(pair => KeyValuePair.Create((string)pair.Key, (string)pair.Value!)))
            {
                ["SLIPWAY_TEST_ROLE"] = role,
                ["SLIPWAY_TEST_DATA"] = data,
                ["SLIPWAY_TEST_ARGUMENTS"] = string.Join('\n', arguments),
            },
        },
        output =>
        {
            if (output.Span.StartsWith("ready"u8)) ready?.Invoke();
        });

#pragma warning disable CA2255 // Only an initializer runs before the test framework's own entry point.
    [ModuleInitializer]
    internal static void RunRole()
#pragma warning restore CA2255
    {
        var role = Environment.GetEnvironmentVariable("SLIPWAY_TEST_ROLE");
        if (role is null) return;
        var data = new DataDirectory(Environment.GetEnvironmentVariable("SLIPWAY_TEST_DATA")!);
        var arguments = Environment.GetEnvironmentVariable("SLIPWAY_TEST_ARGUMENTS")!.Split('\n');
        try
        {
            if (role == "signer") RunSigner(data);
            else if (role == "collector") CollectUntilKilled(data);
            else if (role == "parser") Solving.IndexFuzz.Run(data.Root, arguments);
            else PublishUntilKilled(data, dieAt: role["publisher".Length..].TrimStart(' '), arguments);
            Environment.Exit(0);
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine(failure);
            Environment.Exit(1);
        }
    }

    private static void RunSigner(DataDirectory data)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        SignerServer.RunAsync(data, stop.Token).GetAwaiter().GetResult();
    }

    /// <summary>Publishes one snapshot per file and goes back to the oldest, until it is killed; dies at the named step of the first, if one is named.</summary>
    private static void PublishUntilKilled(DataDirectory data, string dieAt, string[] arguments)
    {
        using var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        var store = new ContentStore(data.Store);
        var repositories = new RepositoryStore(data, database, store, new SignerClient(arguments[0]), TimeProvider.System)
        {
            Reached = step =>
            {
                if (step == dieAt) _ = kill(Environment.ProcessId, 9);
            },
        };
        var id = RepositoryId.Parse(arguments[1]);
        repositories.Recover();
        Console.WriteLine("ready");
        while (true)
        {
            foreach (var file in arguments.Skip(2))
                repositories.Publish(id, PackageFile.TypeOf(file)!.Value, [new(store.AddFile(file), Path.GetFileName(file))], new("kill test"));
            repositories.Rollback(id, repositories.History(id)[^1].Number);
        }
    }

    /// <summary>Frees what it can, again and again, as `slipway gc` does with repositories and the store.</summary>
    private static void CollectUntilKilled(DataDirectory data)
    {
        using var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        var store = new ContentStore(data.Store);
        var repositories = new RepositoryStore(data, database, store, new SignerClient("/nonexistent"), TimeProvider.System);
        Console.WriteLine("ready");
        while (true)
        {
            repositories.Retire(new() { Keep = 3, Age = TimeSpan.Zero }, _ => false, dryRun: false);
            var swept = new StoreSweep(store, TimeProvider.System, TimeSpan.FromHours(24)).Run([new("snapshots", () => repositories.Needed([]))], dryRun: false, CancellationToken.None);
            repositories.ForgetRemoved(swept.Files);
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
