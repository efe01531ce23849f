using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Releases.Notes;
using Slipway.Releases.Planning;
using Slipway.Releases.Providers;

namespace Slipway.Releases.Publishing;

/// <summary>
/// What belongs to a version beside its update content, in the ancestor's layout (<c>releases/V/</c>): lists, notes, licences, bundle
/// definitions, the packages for people and for streams that derive from this one.
/// </summary>
internal sealed class PublicRelease(StreamSite site, ReleaseRun run, ReleaseContent content)
{
    private readonly string _version = StreamPlaces.Text(run.Version);
    private readonly DateTimeOffset _time = DateTimeOffset.FromUnixTimeSeconds(run.Timestamp);

    /// <summary>Writes the directory anew.</summary>
    public void Write(string directory, ReleaseNotes notes, string tool)
    {
        var signing = site.Signing(run.Stream);
        void Signed(string path, byte[] bytes)
        {
            AtomicFile.Write(Made(directory, path), bytes);
            AtomicFile.Write(Path.Combine(directory, path + ".sig"), signing.Sign(bytes, _time));
        }
        void Text(string path, string text) => AtomicFile.WriteText(Made(directory, path), text);
        Text($"build-env-{_version}.txt", $"stream {run.Stream}\ncommit {content.Commit}\nupstream {content.UpstreamState}\nslipway {tool}\n");
        Text($"packages-nvr-{_version}.txt", string.Concat(Own().Select(p => NameOf(p) + "\n").Order(StringComparer.Ordinal)));
        Text($"release-notes-{_version}.txt", notes.ToText());
        Text($"release-notes-{_version}.md", notes.ToMarkdown());
        AtomicFile.Write(Made(directory, $"release-notes-{_version}.json"), ReleaseJson.Bytes(notes));
        AtomicFile.Write(Made(directory, "config/Swupd_Root.pem"), signing.CertificatePem);
        var bundles = content.Bundles.Where(b => b.ContentDirectories.Count == 0).ToList();
        foreach (var bundle in bundles)
            Text($"config/bundles/{bundle.Name}", BundleArchive.Text(bundle));
        Signed($"bundles-def-{_version}.tar.gz", BundleArchive.Write(bundles, run.Timestamp));
        WritePackages(directory, $"clear/{Architecture}/os", All(), Signed);
        WritePackages(directory, $"repo/{Architecture}/os", Own(), Signed);
        Text($"packages-license-info-{_version}.txt", string.Concat(Licences().Select(l => l + "\n")));
    }

    private string Architecture => content.PackageType == PackageType.Deb ? "amd64" : "x86_64";

    private IEnumerable<ResolvedPackage> All() => content.Resolved.SelectMany(b => b.Packages).DistinctBy(p => p.Digest);

    /// <summary>Packages that are not the upstream's.</summary>
    private IEnumerable<ResolvedPackage> Own() => All().Where(p => p.Repository.StartsWith("provider:", StringComparison.Ordinal)
        || p.Repository.StartsWith("directory:", StringComparison.Ordinal) || (p.Repository.StartsWith("remote:", StringComparison.Ordinal) && p.Repository != $"remote:{content.Config.Upstream.Type}"));

    private IEnumerable<string> Licences() => All().AsParallel().Select(p => PackageFile.Read(site.Store.PathOf(p.Digest), content.PackageType).License)
        .Where(l => l.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private void WritePackages(string directory, string path, IEnumerable<ResolvedPackage> packages, Action<string, byte[]> signed)
    {
        if (content.PackageType == PackageType.Pacman)
            return;
        var files = packages.Select(p => new FlatPackage(site.Store.PathOf(p.Digest), $"packages/{FileNameOf(p)}", p.Digest)).DistinctBy(f => f.Path).ToList();
        using (var tree = RootedTree.Open(directory))
        {
            tree.MakeDirectories(BytePath.From($"{path}/packages"));
            foreach (var file in files)
            {
                using var package = File.OpenRead(file.File);
                tree.LinkOrWrite(file.File, BytePath.From($"{path}/{file.Path}"), package);
            }
        }
        var index = FlatIndex.Make(content.PackageType, files, _time);
        foreach (var (name, bytes) in index.SkipLast(1))
            AtomicFile.Write(Made(directory, $"{path}/{name}"), bytes);
        signed($"{path}/{index[^1].Path}", index[^1].Content);
    }

    private string FileNameOf(ResolvedPackage package) => NameOf(package).Replace(':', '_') + (content.PackageType == PackageType.Deb ? ".deb" : ".rpm");

    private static string NameOf(ResolvedPackage package) => $"{package.Name}-{package.Version}.{package.Architecture}";

    private static string Made(string directory, string path)
    {
        var file = Path.Combine(directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }
}
