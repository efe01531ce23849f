using System.Globalization;
using System.Text;
using Slipway.Builds.Recipes;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Conversion;

/// <summary>Makes packages of a dist's own type out of the distribution's debs, in the dist's own root; once for each resolved set.</summary>
internal sealed class BaseRepository(Dist dist, DistRepository repository, BuildSandbox sandbox, LayerMaker maker, RootLayers layers, HostApt apt, ContentStore store)
{
    private const string HandOverScript = """
        set -e
        mkdir -p /build/out
        chown -hR 1000:1000 /build
        """;

    // Any fixed time gives the same packages from the same debs.
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["SOURCE_DATE_EPOCH"] = "946684800",
        ["LC_ALL"] = "C.UTF-8",
        ["TZ"] = "UTC",
        ["PKGDEST"] = RecipeContext.Results,
        ["BUILDDIR"] = "/build/work",
        ["PKGEXT"] = ".pkg.tar.zst",
        ["CARCH"] = "x86_64",
        ["PACKAGER"] = PacmanRecipe.Packager,
    };

    internal async Task<IReadOnlyList<string>> MakeAsync(Func<CancellationToken, Task<RootResolver>> openResolver, BuildLog log, CancellationToken cancellation)
    {
        using var resolver = await openResolver(cancellation).ConfigureAwait(false);
        var packages = resolver.Closure(repository.Packages);
        var upper = await layers.GetAsync(Key(packages), making => ConvertAsync(making, resolver, packages, log, cancellation), cancellation).ConfigureAwait(false);
        var recipe = PackageRecipe.Of(dist.Type);
        using var tree = RootedTree.Open(Path.Combine(upper, "build/out"));
        return [.. tree.Walk().Where(e => e.Stat.Type == NodeType.Regular && recipe.IsResult(e.Path.Name.ToString())).Select(e => Path.Combine(upper, "build/out", e.Path.ToString())).Order(StringComparer.Ordinal)];
    }

    private async Task ConvertAsync(string making, RootResolver resolver, IReadOnlyList<ResolvedPackage> packages, BuildLog log, CancellationToken cancellation)
    {
        log.Say($"repository {repository.Name} of {dist.Name}: converting {string.Join(", ", packages.Select(p => p.Name))}");
        await Task.Run(() => apt.Fetch(packages, cancellation), cancellation).ConfigureAwait(false);
        var debs = Directory.CreateDirectory(Path.Combine(making, "debs")).FullName;
        var converted = packages.Select((package, i) =>
        {
            var file = $"{i.ToString("d4", CultureInfo.InvariantCulture)}-{package.Name}.deb";
            store.LinkTo(package.Digest, Path.Combine(debs, file));
            return ConvertedPackage.Read(Path.Combine(debs, file), file);
        }).ToList();
        // What is converted is installed in the root too, so that makepkg finds every dependency it checks.
        var plan = resolver.Full(dist, PackageRecipe.Of(dist.Type).Tools, repository.Packages, repository.Name);
        var root = await maker.GetAsync(plan, log.Say, cancellation).ConfigureAwait(false);
        await (dist.Type == PackageType.Rpm ? ConvertToRpmAsync(making, root, converted, cancellation) : ConvertToPacmanAsync(making, root, converted, cancellation)).ConfigureAwait(false);
        foreach (var part in new[] { "debs", "work", "upper/build/src", "upper/build/work", "upper/build/rpmbuild" })
            await sandbox.RemoveTreeAsync(Path.Combine(making, part), cancellation).ConfigureAwait(false);
    }

    private async Task ConvertToRpmAsync(string making, IReadOnlyList<string> root, List<ConvertedPackage> packages, CancellationToken cancellation)
    {
        Write(making, BaseFilesystem.Name + ".spec", RpmConversion.Filesystem());
        foreach (var package in packages)
            Write(making, package.Name + ".spec", RpmConversion.Specification(package));
        await HandOverAsync(making, root, cancellation).ConfigureAwait(false);
        await RunAsync(making, root, SandboxUser.Builder, RpmConversion.Script, [], cancellation).ConfigureAwait(false);
    }

    private async Task ConvertToPacmanAsync(string making, IReadOnlyList<string> root, List<ConvertedPackage> packages, CancellationToken cancellation)
    {
        var chosen = packages.Select(p => p.Name).ToHashSet();
        Write(making, BaseFilesystem.Name + "/PKGBUILD", PacmanConversion.Filesystem());
        foreach (var package in packages)
            Write(making, package.Name + "/PKGBUILD", PacmanConversion.Recipe(package, chosen));
        await HandOverAsync(making, root, cancellation).ConfigureAwait(false);
        await RunAsync(making, root, SandboxUser.Builder, PacmanConversion.Script, [BaseFilesystem.Name], cancellation).ConfigureAwait(false);
        await RunAsync(making, root, SandboxUser.NamespaceRoot, PacmanConversion.NoteScript, [], cancellation).ConfigureAwait(false);
        await RunAsync(making, root, SandboxUser.Builder, PacmanConversion.Script, [.. packages.Select(p => p.Name)], cancellation).ConfigureAwait(false);
    }

    private static void Write(string making, string name, string text)
    {
        var path = Path.Combine(making, "upper/build/src", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private Task HandOverAsync(string making, IReadOnlyList<string> root, CancellationToken cancellation)
    {
        sandbox.Account.GiveOnly(Path.Combine(making, "upper"));
        sandbox.Account.Give(Path.Combine(making, "upper/build"));
        return RunAsync(making, root, SandboxUser.NamespaceRoot, HandOverScript, [], cancellation);
    }

    private Task RunAsync(string making, IReadOnlyList<string> root, SandboxUser user, string script, string[] arguments, CancellationToken cancellation)
        => maker.RunAsync(new($"convert-{repository.Name}-{dist.Name}", making, ["sh", "-c", script, "sh", .. arguments])
        {
            Layers = root,
            User = user,
            Mounts = [new(Path.Combine(making, "debs"), "/tmp/debs")],
            Environment = Environment,
            WorkingDirectory = "/build",
            Limits = new() { Wall = TimeSpan.FromMinutes(30) },
        }, cancellation);

    private string Key(IReadOnlyList<ResolvedPackage> packages) => Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n',
        ["slipway base repository 2", dist.Type.ToString(), RpmConversion.Script, RpmConversion.Filesystem(), PacmanConversion.Script, PacmanConversion.Filesystem(),
            .. packages.Select(p => $"{p.Name} {p.Version} {p.Digest}").Order(StringComparer.Ordinal)]))).ToString();
}
