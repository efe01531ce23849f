using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Cli.Tests;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.State;

[assembly: AssemblyFixture(typeof(ServedRepositories))]

namespace Slipway.Cli.Tests;

/// <summary>The built program: `slipway serve` over a data directory with a repository of two snapshots, and the verbs that ask it.</summary>
public sealed partial class ServedRepositories : IDisposable
{
    public const string Name = "harbor/bookworm";
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
    private readonly Lazy<Process> _serve;
    private string _url = "";

    public ServedRepositories()
    {
        _serve = new(() =>
        {
            // What builds would have left; without their hours.
            Publish("1.0", "1.1");
            var serve = Process.Start(new ProcessStartInfo(Slipway, ["serve", "--data", Data, "--port", "0"]) { RedirectStandardOutput = true })!;
            for (var line = serve.StandardOutput.ReadLine(); line is not null && _url.Length == 0; line = _url.Length == 0 ? serve.StandardOutput.ReadLine() : line)
                if (Address().Match(line) is { Success: true } match) _url = match.Value;
            _ = serve.StandardOutput.ReadToEndAsync();
            Assert.NotEmpty(_url);
            return serve;
        });
    }

    public string Place { get; } = Directory.CreateTempSubdirectory("slipway-repo-").FullName;

    public string Data => Path.Combine(Place, "data");

    public string Url
    {
        get
        {
            _ = _serve.Value;
            return _url;
        }
    }

    public void Dispose()
    {
        if (_serve.IsValueCreated)
        {
            using var serve = _serve.Value;
            Process.Start("kill", ["-TERM", $"{serve.Id}"]).WaitForExit();
            serve.WaitForExit();
        }
        Directory.Delete(Place, recursive: true);
    }

    /// <summary>Runs the program against the service.</summary>
    public (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        _ = _serve.Value;
        return Alone([.. arguments, "--data", Data]);
    }

    public string Done(params string[] arguments)
    {
        var (exit, output, error) = Run(arguments);
        Assert.True(exit == 0, $"slipway {string.Join(' ', arguments)}: {exit}\n{error}{output}");
        return output;
    }

    public JsonElement Json(params string[] arguments) => JsonDocument.Parse(Done([.. arguments, "--json"])).RootElement;

    public static (int Exit, string Output, string Error) Alone(params string[] arguments) => Start(Slipway, arguments);

    private void Publish(params string[] versions)
    {
        var data = new DataDirectory(Data);
        data.Create();
        using var stop = new CancellationTokenSource();
        var signing = SignerServer.RunAsync(data, stop.Token);
        using (var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System))
        {
            var store = new ContentStore(data.Store);
            var repositories = new RepositoryStore(data, database, store, new SignerClient(data.SignerSocket) { Patience = TimeSpan.FromMinutes(1) }, TimeProvider.System);
            foreach (var file in versions.Select(Deb)) repositories.Publish(RepositoryId.Parse(Name), PackageType.Deb, [new(store.AddFile(file), Path.GetFileName(file))], new("test"));
        }
        stop.Cancel();
        signing.GetAwaiter().GetResult();
    }

    private string Deb(string version)
    {
        var tree = Path.Combine(Place, "tool");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), $"Package: tool\nVersion: {version}\nArchitecture: amd64\nMaintainer: Slipway tests <tests@example.org>\nDescription: a tool\n");
        var file = Path.Combine(Place, $"tool_{version}_amd64.deb");
        Assert.Equal(0, Start("dpkg-deb", "--root-owner-group", "-b", tree, file).Exit);
        return file;
    }

    private static (int Exit, string Output, string Error) Start(string program, params string[] arguments)
    {
        return new ProcessStartInfo(program, arguments).Run();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
