using System.Text.RegularExpressions;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Conversion;

/// <summary>Specifications that package the files of a deb as they are.</summary>
internal static partial class RpmConversion
{
    /// <summary>Builds every specification of /build/src, two at a time.</summary>
    internal const string Script = """
        set -e
        # Two rpmbuilds that start at once fall over each other's making of these.
        for part in BUILD BUILDROOT RPMS SOURCES SPECS SRPMS; do mkdir -p /build/rpmbuild/$part; done
        ls /build/src/*.spec | xargs -P2 -I{} rpmbuild -bb --quiet --define '_topdir /build/rpmbuild' --define '_rpmdir /build/out' --define '_buildhost build' \
            --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' {}
        """;

    private static readonly string[] NoRewriting = ["%global __os_install_post %{nil}", "%global debug_package %{nil}", "%global _build_id_links none"];

    /// <summary>The specification of one package; each requires the filesystem package.</summary>
    internal static string Specification(ConvertedPackage package)
    {
        var (epoch, version, release) = Parts(package.Version);
        List<string> lines =
        [
            .. NoRewriting, $"Name: {package.Name}", $"Version: {version}", $"Release: {release}", .. epoch.Length == 0 ? Array.Empty<string>() : [$"Epoch: {epoch}"],
            $"Summary: {Plain(package.Summary, package.Name)}", "License: see /usr/share/doc", .. package.Independent ? ["BuildArch: noarch"] : Array.Empty<string>(),
            // Needs are the deb's own words; what libraries offer is found by rpm, as it finds what its own packages need.
            "AutoReq: no", package.Independent ? "AutoProv: no" : "AutoProv: yes", $"Requires(pre): {BaseFilesystem.Name}",
            .. package.Requires.Select(r => "Requires: " + Relation(r)),
            .. package.Provides.Select(p => "Provides: " + p.Name + (p.Version.Length == 0 ? "" : " = " + PackageVersions.ToRpm(p.Version))),
        ];
        if (package.Files.Any(f => f.Path.EndsWith("/ld-linux-x86-64.so.2", StringComparison.Ordinal)))
            lines.Add("Provides: rtld(GNU_HASH)");
        lines.AddRange(["%description", $"{package.Name}, made from the distribution's deb of version {package.Version}.", "%install", "mkdir -p %{buildroot}",
            $"dpkg-deb --fsys-tarfile /tmp/debs/{package.File} | tar -C %{{buildroot}} --no-same-owner -xpf -",
            $"for name in {string.Join(' ', ConvertedPackage.Merged)}; do", "if [ -d %{buildroot}/$name ]; then mkdir -p %{buildroot}/usr/$name; cp -a %{buildroot}/$name/. %{buildroot}/usr/$name/; rm -rf %{buildroot}/$name; fi", "done",
            // rpm looks for what a library offers only in files that may be executed.
            "find %{buildroot} -type f -name '*.so*' -exec chmod 755 {} +"]);
        if (package.NeedsLoaderCache)
            lines.AddRange(["%post -p <lua>", "if posix.access(\"/sbin/ldconfig\", \"x\") then rpm.execute(\"/sbin/ldconfig\") end"]);
        lines.AddRange(["%files", .. package.Files.Where(f => !BaseFilesystem.Owns(f.Path)).Select(FileLine)]);
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The specification of the filesystem package.</summary>
    internal static string Filesystem()
    {
        List<string> lines = [.. NoRewriting, $"Name: {BaseFilesystem.Name}", "Version: 1", "Release: 1", "Summary: Directories and links every root has", "License: none", "BuildArch: noarch", "AutoReqProv: no", "%description", "Directories, links and the first accounts.", "%install", "mkdir -p %{buildroot}", "cd %{buildroot}", .. BaseFilesystem.Commands, "%files"];
        lines.AddRange(BaseFilesystem.Directories.Select(d => $"%dir %attr({d.Mode}, root, root) {d.Path}"));
        lines.AddRange(BaseFilesystem.Links.Select(l => l.Path));
        lines.AddRange(BaseFilesystem.Files.Select(f => $"%config(noreplace) {f.Path}"));
        return string.Join('\n', lines) + "\n";
    }

    private static string FileLine(ConvertedFile file)
    {
        var path = $"\"{Glob().Replace(file.Path, "?").Replace("%", "%%", StringComparison.Ordinal)}\"";
        if (file.Type == NodeType.Symlink)
            return path;
        var library = file.Type == NodeType.Regular && file.Path[(file.Path.LastIndexOf('/') + 1)..].Contains(".so", StringComparison.Ordinal);
        var attributes = $"%attr({System.Convert.ToString(library ? 0x1ed : file.Mode, 8)}, {file.Owner}, {file.Group}) ";
        return file.Type == NodeType.Directory ? "%dir " + attributes + path
            : (file.Path.StartsWith("/etc/", StringComparison.Ordinal) ? "%config(noreplace) " : "") + attributes + path;
    }

    private static string Relation(IReadOnlyList<DebDependency> alternatives)
    {
        var each = alternatives.Select(a => a.Operator.Length == 0 ? a.Name : $"{a.Name} {Operator(a)} {Bound(a)}").ToList();
        return each.Count == 1 ? each[0] : $"({string.Join(" or ", each)})";
    }

    // In a deb's bound no revision is less than any; rpm, where the release is left out, does not look at it.
    private static string Operator(DebDependency dependency) => (dependency.Operator, dependency.Version.Contains('-', StringComparison.Ordinal)) switch
    {
        (">>", true) => ">",
        (">>", false) => ">=",
        ("<<", _) or ("<=", false) => "<",
        var (same, _) => same,
    };

    // A bound without a revision means any revision of that version; rpm says so by leaving the release out.
    private static string Bound(DebDependency dependency) => dependency.Version.Contains('-', StringComparison.Ordinal)
        ? PackageVersions.ToRpm(dependency.Version)
        : PackageVersions.ToRpm(dependency.Version)[..^"-0".Length];

    private static (string Epoch, string Version, string Release) Parts(string deb)
    {
        var rpm = PackageVersions.ToRpm(deb);
        var colon = rpm.IndexOf(':', StringComparison.Ordinal);
        var dash = rpm.LastIndexOf('-');
        return (colon < 0 ? "" : rpm[..colon], rpm[(colon + 1)..dash], rpm[(dash + 1)..]);
    }

    private static string Plain(string text, string unset) => text.Length == 0 ? unset : text.Replace("%", "%%", StringComparison.Ordinal);

    // rpm reads these as patterns or quotes; a `?` matches each of them.
    [GeneratedRegex(@"[\[\]{}*?\\""' ]")]
    private static partial Regex Glob();
}
