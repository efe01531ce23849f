using System.Text;
using System.Text.RegularExpressions;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>Real roots from the machine's own package sources, made once for all tests of the class.</summary>
public sealed partial class RealRoots : IDisposable
{
    public RealRoots()
    {
        Data = new DataDirectory(Path.Combine(Scratch, "data"));
        Data.Create();
        Store = new ContentStore(Data.Store);
        Apt = new HostApt(Path.Combine(Data.Cache, "apt"), Store, TimeProvider.System);
        Builder = new PackageBuilder(Data, Apt, Store, SandboxAccount.Ensure());
    }

    public string Scratch { get; } = Directory.CreateTempSubdirectory("slipway-roots-").FullName;

    public DataDirectory Data { get; }

    public ContentStore Store { get; }

    public HostApt Apt { get; }

    public PackageBuilder Builder { get; }

    /// <summary>Builds for a dist of the type with the plain base; the log has every line's stamp taken off.</summary>
    public async Task<(BuildOutcome Outcome, string Log)> Build(PackageType type, string source, string work, Func<BuildInputs, BuildInputs>? change = null, CancellationToken cancellation = default)
    {
        var log = new StringBuilder();
        var inputs = new BuildInputs
        {
            BuildId = 7,
            Attempt = 1,
            SourceDirectory = source,
            PackageName = Path.GetFileName(source),
            Architecture = "x86_64",
            SourceDateEpoch = 1_700_000_000,
            WorkDirectory = work,
            Dist = Dist(type),
            AcceptWeakLimits = !BuildSandbox.LimitsAreEnforced(),
        };
        var outcome = await Builder.BuildAsync(change?.Invoke(inputs) ?? inputs, bytes => log.Append(Encoding.UTF8.GetString(bytes.Span)), cancellation);
        return (outcome, Stamp().Replace(log.ToString(), ""));
    }

    public static Dist Dist(PackageType type) => new() { Name = "test", Type = type, Root = new("apt", "host", ["build-essential"]) };

    [GeneratedRegex(@"^\[ *[0-9]+\.[0-9]\] ", RegexOptions.Multiline)]
    private static partial Regex Stamp();

    public void Dispose() => new BuildSandbox(SandboxAccount.Ensure()).RemoveTreeAsync(Scratch).GetAwaiter().GetResult();
}

/// <summary>The tests that share the real roots.</summary>
[CollectionDefinition(Name)]
public sealed class RealRootsCollection : ICollectionFixture<RealRoots>
{
    public const string Name = "real roots";
}
