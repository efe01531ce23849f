using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Slipway.Builds.Kiwi;

internal sealed partial class KiwiDescription
{
    /// <summary>
    /// The same description with one local repository in the place of all those that the build would use. Those that are to be configured in
    /// the image still are.
    /// </summary>
    internal string WithRepository(KiwiSelection selection, string directory)
    {
        var image = new XElement(_image);
        var places = image.Elements("repository").ToList();
        foreach (var repository in places.Where(r => r.Attribute("imageonly")?.Value != "true"))
        {
            if (repository.Attribute("imageinclude")?.Value == "true")
            {
                repository.SetAttributeValue("imageinclude", null);
                repository.SetAttributeValue("imageonly", "true");
            }
            else
                repository.Remove();
        }
        var apt = selection.PackageManager == "apt";
        var local = new XElement("repository", new XAttribute("alias", LocalName), new XAttribute("repository_gpgcheck", "false"), new XAttribute("package_gpgcheck", "false"),
            apt ? new XAttribute("distribution", LocalSuite(selection)) : null, apt ? new XAttribute("components", "main") : null, new XElement("source", new XAttribute("path", "dir://" + directory)));
        var type = selection.PackageManager switch { "apt" => "apt-deb", "pacman" => null, _ => "rpm-md" };
        local.SetAttributeValue("type", type);
        (image.Elements("preferences").LastOrDefault() ?? image.Elements().Last()).AddAfterSelf(local);
        // The packages were verified when they were fetched; the repository they lie in now nobody signed.
        foreach (var check in image.Elements("preferences").Elements("rpm-check-signatures"))
            check.Value = "false";
        return new XDocument(image).ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>Alias of the local repository.</summary>
    internal const string LocalName = "slipway";

    /// <summary>Suite of the local repository: that of the distribution, by whose name debootstrap knows what its packages want.</summary>
    internal static string LocalSuite(KiwiSelection selection) => selection.Repositories.Select(r => r.Distribution).FirstOrDefault(PlainSuite().IsMatch) ?? LocalName;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]*\z")]
    private static partial Regex PlainSuite();
}
