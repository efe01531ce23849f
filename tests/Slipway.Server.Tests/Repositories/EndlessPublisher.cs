using System.Runtime.CompilerServices;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Server.Tests.Repositories;

/// <summary>
/// A process that publishes one snapshot after the other, until it is killed: for each of the repositories the next version of a package,
/// and in every fourth round a rollback. It says each snapshot, and each refusal by a full disk, in a line.
/// </summary>
internal static class EndlessPublisher
{
    public const string Published = "published", Refused = "refused";
    private const string Role = "SLIPWAY_TEST_ENDLESS_PUBLISHER";

    /// <param name="packages">A directory below which deb/, rpm/ and pacman/ hold the versions.</param>
    public static Child Start(string data, string signerSocket, string packages, Action<string> said)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value!);
        environment[Role] = string.Join('\n', data, signerSocket, packages);
        return ChildProcess.Start(new ChildCommand(Environment.ProcessPath!) { DieWithParent = true, Environment = environment }, output =>
        {
            foreach (var line in System.Text.Encoding.UTF8.GetString(output.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries)) said(line);
        });
    }

#pragma warning disable CA2255 // Only an initializer runs before the test framework's own entry point.
    [ModuleInitializer]
    internal static void RunRole()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Role) is not { } role) return;
        var parts = role.Split('\n');
        var data = new DataDirectory(parts[0]);
        while (true)
        {
            try
            {
                Publish(data, parts[1], parts[2]);
            }
            catch (Exception failure) when (failure is IOException or SlipwayException or Microsoft.Data.Sqlite.SqliteException)
            {
                Console.WriteLine($"{Refused} {failure.Message.ReplaceLineEndings(" ")}");
                Thread.Sleep(20);
            }
        }
    }

    private static void Publish(DataDirectory data, string socket, string packages)
    {
        using var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        var store = new ContentStore(data.Store);
        var repositories = new RepositoryStore(data, database, store, new SignerClient(socket), TimeProvider.System);
        repositories.Recover();
        while (true)
            foreach (var (type, dist) in new[] { (PackageType.Deb, "bookworm"), (PackageType.Rpm, "rpm"), (PackageType.Pacman, "arch") })
            {
                var id = new RepositoryId("torture", dist);
                var current = repositories.Current(id);
                var snapshot = current?.Number % 4 == 3 ? repositories.Rollback(id) : repositories.Replace(id, type, Set(store, Path.Combine(packages, dist), current is null ? [] : repositories.Files(id, current.Number)), new("torture"));
                if (snapshot.Number == current?.Number) throw new InvalidOperationException($"snapshot {snapshot.Number} of {id} was to be followed by another");
                Console.WriteLine($"{Published} {id} {snapshot.Number}");
            }
    }

    // The version after the current one, and what does not change.
    private static List<PublishedFile> Set(ContentStore store, string directory, IReadOnlyList<SnapshotFile> current)
    {
        var versions = Directory.GetFiles(directory, "tool*").Order(StringComparer.Ordinal).ToList();
        var held = versions.FindIndex(file => current.Any(one => Path.GetFileName(one.Path) == Path.GetFileName(file)));
        return [.. Directory.GetFiles(directory).Where(file => !versions.Contains(file)).Append(versions[(held + 1) % versions.Count]).Select(file => new PublishedFile(store.AddFile(file), Path.GetFileName(file)))];
    }
}
