using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>Makes the layers of a root: every package by the package tool of its type, without network, by a root that is none outside.</summary>
internal sealed class LayerMaker(RootLayers layers, BuildSandbox sandbox, IRootSource source, ContentStore store, bool acceptWeakLimits, bool offline = false, string? foreign = null) : IDisposable
{
    /// <summary>Beside a layer: the digests of its packages, one a line, for whoever decides what the store must keep.</summary>
    internal const string PackagesName = "packages";

    private const int KeptOutput = 64 << 10;

    private readonly List<IDisposable> _uses = [];

    private static readonly string[] Scratch = ["debs", "empty", "work"];

    /// <summary>Lets go of every layer it gave.</summary>
    public void Dispose() => _uses.ForEach(use => use.Dispose());

    /// <summary>The directories of all layers, the topmost first; what is missing is made, and all stay until this maker is disposed of.</summary>
    internal async Task<IReadOnlyList<string>> GetAsync(RootPlan plan, Action<string> say, CancellationToken cancellation)
    {
        var directories = new List<string>();
        foreach (var layer in plan.Layers)
        {
            var below = directories.ToList();
            directories.Insert(0, await UseAsync(layer.Key, making => MakeAsync(making, layer, plan, below, say, cancellation), cancellation).ConfigureAwait(false));
        }
        return directories;
    }

    private async Task MakeAsync(string making, LayerPlan layer, RootPlan plan, List<string> below, Action<string> say, CancellationToken cancellation)
    {
        say($"root {layer.Key[..12]}: installing {layer.Packages.Count} packages on {layer.Installed.Count - layer.Packages.Count}");
        if (offline && layer.Packages.FirstOrDefault(p => !store.Contains(p.Digest)) is { } missing)
            throw new SlipwayException($"Cannot make the build root {layer.Key[..12]}", $"{missing.Name} {missing.Version} is not on this machine", "build once without --offline") { Kind = FailureKind.Unreachable };
        await source.FetchAsync(layer.Packages.Where(p => !store.Contains(p.Digest)), cancellation).ConfigureAwait(false);
        LinkPackages(Path.Combine(making, "debs"), layer, plan);
        Directory.CreateDirectory(Path.Combine(making, "upper"));
        sandbox.Account.GiveOnly(Path.Combine(making, "upper"));
        var first = below.Count == 0;
        if (first)
            await RunAsync(Spec(making, layer, RootScripts.BootstrapOf(source.Type), []) with
            {
                Root = SandboxRoot.HostTools,
                Mounts = [Debs(making), new(Path.Combine(making, "upper"), "/target", Writable: true)],
            }, cancellation).ConfigureAwait(false);
        var lowers = first ? [Directory.CreateDirectory(Path.Combine(making, "empty")).FullName] : below;
        await RunAsync(Spec(making, layer, RootScripts.InstallOf(source.Type), lowers, first && source.Type == PackageType.Deb ? ["--force-depends"] : []) with { Mounts = [Debs(making)] }, cancellation).ConfigureAwait(false);
        await RegisterAsync(making, layer, lowers, cancellation).ConfigureAwait(false);
        FinishLayer(making, layer.Packages.Select(package => package.Digest));
        foreach (var part in Scratch)
            await sandbox.RemoveTreeAsync(Path.Combine(making, part), cancellation).ConfigureAwait(false);
    }

    /// <summary>The layer on top with packages of the dist's own type, made when it is missing. What was registered of the debs below fulfils what they need, or the making fails.</summary>
    internal async Task<string> AddProjectAsync(RootPlan plan, IReadOnlyList<string> below, PackageType type, IReadOnlyList<ProjectPackage> packages, Action<string> say, CancellationToken cancellation)
    {
        var script = type == PackageType.Rpm ? RootScripts.InstallRpm : RootScripts.InstallPacman;
        var key = Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', ["slipway project", script, plan.Layers[^1].Key, .. packages.Select(p => p.Digest.ToString()).Order(StringComparer.Ordinal)]))).ToString();
        return await UseAsync(key, async making =>
        {
            say($"root {key[..12]}: installing {packages.Count} packages of the project");
            var debs = Directory.CreateDirectory(Path.Combine(making, "debs")).FullName;
            foreach (var package in packages)
                store.LinkTo(package.Digest, Path.Combine(debs, package.FileName));
            await RunAsync(Spec(making, plan.Layers[^1] with { Key = key }, script, below) with { Mounts = [Debs(making)] }, cancellation).ConfigureAwait(false);
            FinishLayer(making, packages.Select(p => p.Digest));
            foreach (var part in Scratch)
                await sandbox.RemoveTreeAsync(Path.Combine(making, part), cancellation).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
    }

    private async Task<string> UseAsync(string key, Func<string, Task> make, CancellationToken cancellation)
    {
        var (upper, use) = await layers.UseAsync(key, make, cancellation).ConfigureAwait(false);
        _uses.Add(use);
        return upper;
    }

    private static void FinishLayer(string making, IEnumerable<Digest> packages) =>
        AtomicFile.WriteText(Path.Combine(making, PackagesName), string.Concat(packages.Select(digest => digest + "\n")));

    private async Task RegisterAsync(string making, LayerPlan layer, List<string> lowers, CancellationToken cancellation)
    {
        if (source.Type != PackageType.Deb || (!layer.Has("rpm") && !layer.Has("makepkg")))
            return;
        var upper = Path.Combine(making, "upper");
        var installed = InstalledPackages.Read(upper);
        if (layer.Has("rpm"))
            await RunAsync(Spec(making, layer, RootScripts.RegisterRpm, lowers) with { Input = RootRegistration.RpmSpecification(installed, lowers.Prepend(upper)) }, cancellation).ConfigureAwait(false);
        if (layer.Has("makepkg"))
            await RunAsync(Spec(making, layer, RootScripts.RegisterPacman, lowers) with { Input = RootRegistration.PacmanDatabase(installed) }, cancellation).ConfigureAwait(false);
    }

    private static SandboxSpec Spec(string making, LayerPlan layer, string script, IReadOnlyList<string> lowers, params string[] arguments) =>
        new("root-" + layer.Key[..12], making, ["sh", "-c", script, "sh", .. arguments])
        {
            Layers = lowers,
            User = SandboxUser.NamespaceRoot,
            Limits = new() { Wall = TimeSpan.FromMinutes(30) },
        };

    private static SandboxMount Debs(string making) => new(Path.Combine(making, "debs"), "/tmp/debs");

    private void LinkPackages(string directory, LayerPlan layer, RootPlan plan)
    {
        Directory.CreateDirectory(directory);
        for (var i = 0; i < layer.Packages.Count; i++)
        {
            // The shell's order of names is the order of installation; the essential packages come first of all.
            var package = layer.Packages[i];
            var group = plan.Essential.Contains(package.Name) ? 0 : 1;
            var name = source.Type == PackageType.Deb ? package.Name + ".deb" : package.Location[(package.Location.LastIndexOf('/') + 1)..];
            var path = Path.Combine(directory, $"{group}-{i.ToString("d4", CultureInfo.InvariantCulture)}-{name}");
            store.LinkTo(package.Digest, path);
        }
    }

    /// <summary>Runs a step of making; when it fails, the exception ends with what it had to say.</summary>
    internal async Task RunAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        var output = new StringBuilder();
        var result = await sandbox.RunAsync(spec with { AcceptWeakLimits = acceptWeakLimits, ForeignPrograms = foreign }, bytes =>
        {
            output.Append(Encoding.UTF8.GetString(bytes.Span));
            if (output.Length > 2 * KeptOutput)
                output.Remove(0, output.Length - KeptOutput);
        }, cancellation).ConfigureAwait(false);
        if (!result.Succeeded)
            throw new SlipwayException($"Cannot make the build root {spec.Name}", $"{result.Ending}\n{output.ToString().TrimEnd()}", null);
    }
}
